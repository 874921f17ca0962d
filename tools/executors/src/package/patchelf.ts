import type { Runner } from '../system/run.ts';

/** Changes to the dynamic section of one file. */
export interface ElfEdits {
  soname?: string;
  /** Needed names and what replaces them. */
  replaceNeeded?: readonly (readonly [from: string, to: string])[];
  /** The whole new search path, each entry $ORIGIN or below it; empty removes it. */
  rpath?: readonly string[];
}

/**
 * One patchelf call. RPATH and not RUNPATH, as auditwheel does: an LD_LIBRARY_PATH of the user must
 * not put another library before the one that was tested.
 */
export function patchelfArgv(
  patchelf: string,
  file: string,
  edits: ElfEdits,
): [string, ...string[]] | undefined {
  const words = [
    ...(edits.soname === undefined ? [] : ['--set-soname', edits.soname]),
    ...(edits.replaceNeeded ?? []).flatMap(([from, to]) => ['--replace-needed', from, to]),
    ...rpathWords(edits.rpath),
  ];
  return words.length === 0 ? undefined : [patchelf, ...words, file];
}

function rpathWords(rpath: readonly string[] | undefined): string[] {
  if (rpath === undefined) return [];
  return rpath.length === 0
    ? ['--remove-rpath']
    : ['--force-rpath', '--set-rpath', rpath.join(':')];
}

export async function editElf(
  runner: Runner,
  patchelf: string,
  file: string,
  edits: ElfEdits,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const argv = patchelfArgv(patchelf, file, edits);
  if (argv) await runner.run({ argv, env });
}
