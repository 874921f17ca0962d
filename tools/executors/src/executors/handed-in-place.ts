import { resolve } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { RunContext } from './executor.ts';

/**
 * The folder, or the one wheel, that `--wheels` names, absolute. `nx run-many -t verify` reaches this
 * project's target too, which then has nothing to do: undefined.
 * @throws VllmCpuError WHEELS_NOT_NAMED where the target was run by itself
 */
export function handedInPlace(
  wheels: string | undefined,
  { root, taskGraph }: RunContext,
): string | undefined {
  if (wheels) return resolve(root, wheels);
  if (wheels === undefined && Object.keys(taskGraph?.tasks ?? {}).length > 1) return undefined;
  throw new VllmCpuError({
    code: 'WHEELS_NOT_NAMED',
    what: 'no wheels given',
    why: 'This target works on prebuilt wheels.',
    next: 'Give their folder with --wheels=<folder>. For wheels of this workspace use the targets of the variants.',
  });
}

/** What a target says that was reached without `--wheels`. */
export const NO_WHEELS_HANDED_IN = 'no prebuilt wheels (--wheels) in this run';
