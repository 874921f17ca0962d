import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import type { SourceEdit } from '@vllm-cpu/sources/edits';

/** The one line of upstream's cmake that reads the build host's CPU; its text never changed. */
export function cpuinfoEdit(cpuinfoPath: string): SourceEdit {
  return {
    id: 'synthetic-cpuinfo',
    file: 'cmake/cpu_extension.cmake',
    find: 'COMMAND cat /proc/cpuinfo',
    // A bracket argument of CMake: whatever the path has in it is one word, as it stands.
    replace: `COMMAND cat [=[${cpuinfoPath}]=]`,
    why: 'the wheel must depend on its variant, not on the CPU of the build host',
  };
}

/**
 * Applies declarative edits to a throwaway tree, in order.
 * @throws VllmCpuError EDIT_NO_MATCH unless each `find` stands exactly once in its file
 */
export async function applyEdits(tree: string, edits: readonly SourceEdit[]): Promise<void> {
  for (const edit of edits) {
    const path = join(tree, edit.file);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    const matches = text === undefined ? 0 : text.split(edit.find).length - 1;
    if (text === undefined || matches !== 1) throw noMatch(edit, text === undefined, matches);
    await writeAtomically(
      path,
      text.replace(edit.find, () => edit.replace),
    );
  }
}

function noMatch(edit: SourceEdit, missing: boolean, matches: number): VllmCpuError {
  return new VllmCpuError({
    code: 'EDIT_NO_MATCH',
    what: missing
      ? `edit ${edit.id}: this release has no file ${edit.file}`
      : `edit ${edit.id} matches ${matches} times in ${edit.file}; it must match exactly once`,
    why: `The edit was written for different source code. Its purpose: ${edit.why}.`,
    next: 'Compare the file with the edit in packages/upstream/edits (the cpuinfo edit: libs/compile/src/source-edits.ts) and adapt the edit to this release.',
  });
}
