import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What contents.py found in a finished image. */
export const contentsSchema = z.strictObject({
  machine: z.string().describe('as uname spells it'),
  python: z.string(),
  packages: z.record(z.string(), z.string()).describe('installed distributions and their versions'),
  compilers: z.array(z.string()),
  problems: z.array(z.string()).describe('what `pip check` complains about'),
});

export type ImageContents = z.infer<typeof contentsSchema>;

export interface ExpectedContents {
  /** As uname spells it. */
  machine: string;
  /** Python of the base image, `3.13`; undefined where any is right. */
  python: string | undefined;
  distribution: string;
  version: string;
  withInductor: boolean;
  /** The sample is installed without the torch that it names. */
  embedded: boolean;
}

/** Distributions that come with CUDA only. */
const CUDA = /^(nvidia|cuda|cupy|pytorch-triton)\b/i;

/**
 * Refuses an image that has what it must not have, or lacks what it is made for.
 * @throws VllmCpuError IMAGE_CONTENTS_WRONG, with every finding
 */
export function judgeContents(contents: ImageContents, expected: ExpectedContents): void {
  const { packages, compilers } = contents;
  const cuda = Object.keys(packages).filter((name) => CUDA.test(name));
  const torch = packages['torch'];
  const found = packages[expected.distribution];
  const findings = [
    ...(cuda.length > 0 ? [`it has packages of CUDA: ${cuda.join(', ')}`] : []),
    ...(torch !== undefined && /\+(?!cpu)/.test(torch) ? [`its torch is ${torch}`] : []),
    ...(!expected.withInductor && compilers.length > 0
      ? [`it has compilers: ${compilers.join(', ')}`]
      : []),
    ...(expected.withInductor && !compilers.includes('g++') ? ['it has no g++'] : []),
    ...(found === expected.version
      ? []
      : [`${expected.distribution} in it is ${found ?? 'missing'}, not ${expected.version}`]),
    ...(packages['vllm-cpu-detect'] ? [] : ['the detector is missing']),
    ...(contents.machine === expected.machine
      ? []
      : [`it is for ${contents.machine}, not ${expected.machine}`]),
    ...(expected.python && !contents.python.startsWith(`${expected.python}.`)
      ? [`its Python is ${contents.python}, not ${expected.python}`]
      : []),
    ...(expected.embedded ? [] : contents.problems),
  ];
  if (findings.length === 0) return;
  throw new VllmCpuError({
    code: 'IMAGE_CONTENTS_WRONG',
    what: `the image of ${expected.distribution} ${expected.version} failed its checks and was not tagged`,
    why: `${findings.join('; ')}.`,
    next: 'Check the base image and the pip configuration, then build again.',
  });
}
