import { basename } from 'node:path';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { levelOfFile } from '@vllm-cpu/variant/sums';
import { error, judged, notRun } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import { wheelLevels } from '../facts/wheel-levels.ts';
import type { WheelLevel } from '../facts/wheel-levels.ts';
import { kernelModules, moduleLoadedFor } from '../gates/module-gates.ts';

/** The wheel has the one module that vLLM loads at each of its levels, and no other with kernels. */
export const kernelModuleCheck: Check = {
  name: 'kernel-module',
  programs: [],
  run: async (context) => {
    const { facts, release, variant, platform, variants } = context;
    if (!variant || !platform)
      return notRun('no variant was given, so there is nothing to compare with');
    if (!levelOf(variant, platform)) return notRun(`${variant.name} is not built for ${platform}`);
    const present = facts.files.map(({ name }) => name).filter((name) => KERNELS.test(name));
    const levels = wheelLevels(variant, release, platform, variants);
    const expected = levels.map((level) => moduleAt(level, platform));
    // Of a wheel whose release is not known either era's module will do.
    const isUnified = release
      ? release.source.modules !== undefined
      : expected.some((file) => present.includes(file));
    const wanted = isUnified ? expected : levels.map(({ folder }) => oneModule(folder, present));
    return judged(present.length === 0 ? 'none' : present.join(', '), [
      ...levels.flatMap((level, index) => missing(level, wanted[index] ?? '', present)),
      ...present
        .filter((file) => !wanted.includes(file) && isOfLevels(file, isUnified, platform))
        .map((file) => error(file, `is never loaded at the level of ${variant.distribution}`)),
    ]);
  },
};

const KERNELS = /^vllm\/(?:_cpu_levels\/[^/]+\/)?_C(?:_AVX\w+)?\.[^/]*so$/;

/** The module that vLLM loads at a level, in the folder of the level. */
function moduleAt({ variant, folder }: WheelLevel, platform: Platform): string {
  const requires = levelOf(variant, platform)?.requires ?? [];
  return `${folder}/${basename(moduleLoadedFor(requires, platform))}`;
}

/** A release up to 0.16.0 has one module, of one name. */
function oneModule(folder: string, present: readonly string[]): string {
  return present.find((name) => name.startsWith(`${folder}/_C.`)) ?? `${folder}/_C`;
}

function missing({ variant }: WheelLevel, file: string, present: readonly string[]): Finding[] {
  if (present.includes(file)) return [];
  const instead = present.length > 0 ? `; it has ${present.join(', ')}` : '';
  const what = `is missing, and vLLM loads it at the level of ${variant.distribution}${instead}`;
  return [error(file, `${what}: no kernel would work`)];
}

/** Whether a module that is not wanted is one of those that are made for levels. */
function isOfLevels(file: string, isUnified: boolean, platform: Platform): boolean {
  if (levelOfFile(file) !== undefined) return true;
  return isUnified && kernelModules(platform).some((known) => known.file === file);
}
