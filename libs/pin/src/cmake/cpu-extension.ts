import { CMAKE_FILES, withUpstreamCmake } from '@vllm-cpu/cmake/ask-cmake';
import type { AskCmake, CmakeTexts, CmakeTools } from '@vllm-cpu/cmake/ask-cmake';
import type { CmakeAnswer, CmakeModule } from '@vllm-cpu/cmake/cmake-answer';
import type { ReleaseSource } from '@vllm-cpu/sources/release';
import { knownFeatures } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { gxxMinimumOf, NEWEST_GXX } from '../facts/gxx-minimum.ts';
import { limitedApiOf, moduleFacts } from '../facts/module-facts.ts';
import { aarch64OneDnn, oneDnnTagOf, sharedOptions } from '../facts/onednn-facts.ts';
import { shapeError } from '../facts/shape.ts';

/** What upstream's cmake decides about a build for the CPU; the fields are those of a pin. */
export type CpuExtension = Pick<
  ReleaseSource,
  | 'isaInputs'
  | 'isaFlags'
  | 'gxxMinimum'
  | 'pyLimitedApi'
  | 'modules'
  | 'compilerProbes'
  | 'cxxStandard'
  | 'oneDnnAarch64'
  | 'oneDnnOptions'
  | 'acl'
> & { oneDnnTag: string | null };

/** The start of the one line that reads the CPU; compile replaces its path, so it must be unique. */
const CPUINFO_COMMAND = 'COMMAND cat /proc/cpuinfo';

/** What a pin says without writing it down. */
const OLD_STANDARD = 17;

/**
 * Reads the CPU part of upstream's cmake by running it for each level.
 * @param title names the release in errors: "vLLM 0.33.0"
 * @throws VllmCpuError UPSTREAM_SHAPE, UPSTREAM_CMAKE, CMAKE_NOT_FOUND
 */
export async function readCpuExtension(
  texts: CmakeTexts,
  title: string,
  variants: readonly Variant[],
  tools: CmakeTools,
): Promise<CpuExtension> {
  refuseOtherCpuinfo(texts, `${CMAKE_FILES.cpu} of ${title}`);
  return withUpstreamCmake(texts, title, tools, async (ask) => {
    const answers = await askLevels(ask, 'linux-x86_64', variants);
    const [highest] = answers;
    const kernels = kernelsOf(highest);
    if (!highest || kernels.length === 0) {
      throw shapeError(`${CMAKE_FILES.cpu} of ${title}`, 'a call of define_extension_target');
    }
    const isaFlags = flagsOf(answers);
    if (isaFlags.length === 0)
      throw shapeError(`${CMAKE_FILES.cpu} of ${title}`, 'an -m flag for x86-64');
    const base = {
      isaInputs: inputsOf(texts.cpu),
      isaFlags,
      gxxMinimum: await gxxMinimumOf(texts, ask, isaFlagsOf),
      pyLimitedApi: limitedApiOf(kernels, title),
      oneDnnTag: oneDnnTagOf(answers, title),
    };
    if (kernels.length === 1) return base;
    const aarch64 = await askLevels(ask, 'linux-aarch64', variants);
    return { ...base, ...modularFacts(answers, aarch64, title) };
  });
}

/** What only a release with several modules states. */
function modularFacts(
  x86: readonly CmakeAnswer[],
  aarch64: readonly CmakeAnswer[],
  title: string,
): Partial<CpuExtension> {
  const [highest, lowest] = [x86[0], aarch64.at(-1)];
  if (!highest || !lowest) throw shapeError(title, 'an answer for x86-64 and for aarch64');
  if (x86.some((answer) => JSON.stringify(answer.modules) !== JSON.stringify(highest.modules))) {
    throw shapeError(title, 'the same modules on every x86-64 machine');
  }
  const standard = Number(highest.modules.at(-1)?.cxxStandard ?? OLD_STANDARD);
  const options = sharedOptions(highest, lowest);
  const acl = lowest.fetched['arm_compute'];
  const oneDnnAarch64 = aarch64OneDnn(highest, lowest, title);
  return {
    ...(standard === OLD_STANDARD ? {} : { cxxStandard: standard }),
    ...(oneDnnAarch64 ? { oneDnnAarch64 } : {}),
    ...(Object.keys(options).length > 0 ? { oneDnnOptions: options } : {}),
    ...(acl ? { acl } : {}),
    modules: {
      'linux-x86_64': moduleFacts(highest.modules, title),
      'linux-aarch64': moduleFacts(lowest.modules, title),
    },
    ...(highest.probes.length > 0 ? { compilerProbes: highest.probes } : {}),
  };
}

/** A CPU that has everything first, then those of the variants, highest first. */
async function askLevels(
  ask: AskCmake,
  platform: Platform,
  variants: readonly Variant[],
): Promise<CmakeAnswer[]> {
  const levels = singleLevels(variants)
    .sort((a, b) => b.rank - a.rank)
    .flatMap((variant) => {
      const level = levelOf(variant, platform);
      return level ? [level.requires] : [];
    });
  const answers: CmakeAnswer[] = [];
  for (const features of [knownFeatures(platform), ...levels]) {
    answers.push(await ask({ platform, features, gxx: NEWEST_GXX }));
  }
  return answers;
}

/** Modules of the CPU's own cmake file: what stands elsewhere is built for every device. */
function kernelsOf(answer: CmakeAnswer | undefined): CmakeModule[] {
  return (answer?.modules ?? []).filter(({ definedIn }) =>
    CMAKE_FILES.cpu.endsWith(`/${definedIn}`),
  );
}

/** The -m flags of the kernel modules, first use first. */
function isaFlagsOf(answer: CmakeAnswer): string[] {
  const flags = kernelsOf(answer).flatMap((module) => module.flags);
  return [...new Set(flags.filter((flag) => flag.startsWith('-m')))];
}

function flagsOf(answers: readonly CmakeAnswer[]): string[] {
  return [...new Set(answers.flatMap(isaFlagsOf))];
}

/** `$ENV{NAME}` and `DEFINED ENV{NAME}`; texts of messages mention names without ENV. */
function inputsOf(source: string): string[] {
  const code = source.replace(/^\s*#.*$/gm, '');
  const names = [...code.matchAll(/\bENV\{(VLLM_CPU_\w+)\}/g)].map(([, name]) => name ?? '');
  return [...new Set(names)].sort();
}

function refuseOtherCpuinfo({ cpu }: CmakeTexts, file: string): void {
  const places = cpu.split(CPUINFO_COMMAND).length - 1;
  if (places === 1) return;
  throw shapeError(
    file,
    `exactly one "${CPUINFO_COMMAND}"`,
    `There are ${places}. Each build gets its own CPU description in place of that file, ` +
      'or the CPU of the build machine would choose the instruction sets.',
  );
}
