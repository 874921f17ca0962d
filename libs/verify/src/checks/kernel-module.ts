import { levelOf } from '@vllm-cpu/variant/model';
import { error, judged, notRun } from '../check.ts';
import type { Check, Finding } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import { kernelModules, moduleLoadedFor } from '../gates/module-gates.ts';

/** The wheel has the one module that vLLM loads at its level, and no other with kernels. */
export const kernelModuleCheck: Check = {
  name: 'kernel-module',
  programs: [],
  run: async (context) => {
    const { facts, release, variant, platform } = context;
    if (!variant || !platform) return notRun('no variant was named: nothing to expect');
    const level = levelOf(variant, platform);
    if (!level) return notRun(`${variant.name} is not built for ${platform}`);
    const present = facts.files.map(({ name }) => name).filter((name) => KERNELS.test(name));
    const expected = moduleLoadedFor(level.requires, platform);
    // Of a wheel whose release is not known either era's module will do.
    const isUnified = release ? release.source.modules !== undefined : present.includes(expected);
    if (!isUnified) return judged(figure(present), oneModule(context, present));
    const findings: Finding[] = [];
    if (!present.includes(expected)) {
      const instead = present.length > 0 ? `; it has ${present.join(', ')}` : '';
      const what = `is missing, and vLLM loads it at the level of ${variant.distribution}${instead}`;
      findings.push(error(expected, `${what}: no kernel would work`));
    }
    const known = kernelModules(platform).map(({ file }) => file);
    for (const file of present.filter((name) => name !== expected && known.includes(name))) {
      findings.push(error(file, `is never loaded at the level of ${variant.distribution}`));
    }
    return judged(figure(present), findings);
  },
};

const KERNELS = /^vllm\/_C(?:_AVX\w+)?\.[^/]*so$/;

function figure(present: readonly string[]): string {
  return present.length === 0 ? 'none' : present.join(', ');
}

/** A release up to 0.16.0 has one module, of one name. */
function oneModule({ facts }: VerifyContext, present: readonly string[]): Finding[] {
  if (present.some((name) => name.startsWith('vllm/_C.'))) return [];
  return [error(facts.fileName, 'has no module vllm/_C: no kernel would work')];
}
