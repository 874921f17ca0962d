import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { emptyFolderOf, filesIn, folderOf } from './wheel-jobs.ts';

/**
 * The wheels of dist/ci/proven by version. What is done with them is done for each version apart: a
 * preflight is about all wheels of one, and one that fails must not hold up the others.
 */
export function provenByVersion(): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of filesIn(folderOf('proven'), '.whl')) {
    const { version } = parseWheelFileName(basename(path));
    groups.set(version, [...(groups.get(version) ?? []), path]);
  }
  return groups;
}

/** A folder with these wheels, and what lies beside each: its report, its attestation. */
export function folderFor(version: string, wheels: readonly string[]): string {
  const folder = emptyFolderOf(join('publish', version));
  for (const wheel of wheels) {
    const attestation = filesIn(folderOf('proven'), `${basename(wheel)}.publish.attestation`);
    const report = wheel.replace(/\.whl$/, '.report.json');
    for (const file of [wheel, report, ...attestation]) cpSync(file, join(folder, basename(file)));
  }
  return folder;
}
