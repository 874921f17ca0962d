import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';
import { stableJson } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What a compile's key has of its level; all else must be the same for the levels of one wheel. */
const OF_THE_LEVEL: readonly string[] = ['variant', 'level', 'edits', 'oneDnn', 'attempt'];

/**
 * Refuses compiles of which one wheel cannot be made, because they are of different sources or tools.
 * oneDNN counts where both have it: up to 0.16.0 the lowest level has none.
 * @throws VllmCpuError COMPILES_DIFFER
 */
export function refuseUnlike([lowest, ...others]: readonly CompileManifest[]): void {
  for (const other of lowest ? others : []) {
    const fields = lowest ? unlike(lowest, other) : [];
    if (fields.length === 0) continue;
    throw new VllmCpuError({
      code: 'COMPILES_DIFFER',
      what: `the compiles of ${lowest?.variant} and ${other.variant} differ in ${fields.join(', ')}`,
      why: 'One wheel is made from them, and its bill of materials names one source and one set of tools.',
      next: `Compile both again: npx nx run-many -t compile-${other.release} -p ${lowest?.project},${other.project}`,
    });
  }
}

/** What differs, by the names of manifest and key. */
function unlike(a: CompileManifest, b: CompileManifest): string[] {
  const facts = (of: CompileManifest): Record<string, unknown> => ({
    ...Object.fromEntries(
      Object.entries(of.inputs).filter(([name]) => !OF_THE_LEVEL.includes(name)),
    ),
    ...{ release: of.release, version: of.version, platform: of.platform, commit: of.commit },
    torch: of.builtAgainst.torch,
    oneDnn: a.oneDnn && b.oneDnn ? of.oneDnn : null,
  });
  const [ours, theirs] = [facts(a), facts(b)];
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].filter(
    (name) => stableJson(ours[name] ?? null) !== stableJson(theirs[name] ?? null),
  );
}
