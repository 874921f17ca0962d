import { VllmCpuError } from '@vllm-cpu/system/errors';
import { featureOfFlag } from '@vllm-cpu/variant/compiler-flags';
import type { Platform } from '@vllm-cpu/variant/features';
import type { ReleaseEdit } from './edits.ts';
import type { ReleaseModule, ReleaseSource } from './release.ts';

/** What a release that builds several modules is asked for: one level of one variant. */
export interface LevelOfRelease {
  /** Names the level in errors: "avx512bf16". */
  name: string;
  platform: Platform;
  /** The CPU features that the wheel may use. */
  features: readonly string[];
  /** The declared edits that apply to this level; see `editsFor`. */
  edits: readonly Pick<ReleaseEdit, 'removesFlags' | 'givesFlags'>[];
}

/**
 * The kernel module that a level's wheel has: the one that uses the most of what the level's CPUs have,
 * and nothing else, as it is compiled after the level's edits. Undefined for a release that builds
 * just one module (up to 0.16.0).
 * @throws VllmCpuError LEVEL_WITHOUT_MODULE
 */
export function moduleOfLevel(
  source: Pick<ReleaseSource, 'modules'>,
  level: LevelOfRelease,
): ReleaseModule | undefined {
  const kernels = source.modules?.[level.platform].filter((module) => module.kernels);
  if (!kernels) return undefined;
  const given = level.edits.flatMap(({ givesFlags }) => givesFlags);
  const removed = level.edits
    .flatMap(({ removesFlags }) => removesFlags)
    .filter((flag) => !given.includes(flag));
  const fitting = kernels
    .map((module) => ({ ...module, flags: module.flags.filter((flag) => !removed.includes(flag)) }))
    .filter(({ flags }) => level.platform !== 'linux-x86_64' || within(flags, level.features));
  const [best] = fitting.sort((a, b) => b.flags.length - a.flags.length);
  if (best) return best;
  throw new VllmCpuError({
    code: 'LEVEL_WITHOUT_MODULE',
    what: `this release has no module for ${level.name} on ${level.platform}`,
    why: `Its modules are ${kernels.map(({ name, flags }) => `${name} (${flags.join(' ')})`).join(', ')}; each needs an instruction set that not every ${level.name} CPU has.`,
    next: 'Add an edit in packages/upstream/edits that removes the extra flags (removesFlags), or exclude this variant from the release.',
  });
}

/** Whether every flag stands for a feature that is there; an unknown flag stands for one that is not. */
function within(flags: readonly string[], features: readonly string[]): boolean {
  return flags.every((flag) => features.includes(featureOfFlag(flag) ?? flag));
}
