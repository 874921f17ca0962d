import { VllmCpuError } from '@vllm-cpu/system/errors';
import { baselineFeatures } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { compilerFlag, featureOfFlag, featuresOfExtension } from '@vllm-cpu/variant/compiler-flags';

/** The architecture that extensions are added to. */
const ARM_BASE = 'armv8.2-a';

/** One line up to 0.16.0; later one for each module, with what it is for in brackets. */
const REPORTED = /CPU extension(?: \([^)]*\))? compile flags:\s*(.*)$/;

/** The flags in one line of cmake's output, or undefined for any other line. */
export function reportedFlags(line: string): string[] | undefined {
  const found = REPORTED.exec(line);
  return found?.[1]
    ?.trim()
    .split(/[;\s]+/)
    .filter(Boolean);
}

export interface FlagExpectation {
  platform: Platform;
  requires: readonly string[];
  proves: readonly string[];
  /** x86 flags that this release's cmake knows at all. */
  isaFlags: readonly string[];
}

/**
 * What is wrong with the flags that cmake is about to compile with; empty when they are right. Missing:
 * a promised feature whose flag this release knows. Excess: anything beyond baseline and `requires`.
 */
export function judgeFlags(flags: readonly string[], expected: FlagExpectation): string[] {
  const allowed = new Set([...baselineFeatures(expected.platform), ...expected.requires]);
  const asked = featuresOf(flags, expected.platform);
  const wrong = asked.unknown.map((flag) => `${flag} is not known to this program`);
  for (const feature of asked.features) {
    if (!allowed.has(feature)) wrong.push(`${feature} is compiled in but not required`);
  }
  if (expected.platform === 'linux-aarch64') {
    return asked.features.includes('asimddp') ? wrong : [...wrong, 'asimddp is missing'];
  }
  for (const feature of expected.proves) {
    const flag = compilerFlag(feature);
    if (flag && expected.isaFlags.includes(flag) && !flags.includes(flag)) {
      wrong.push(`${feature} is promised but ${flag} is missing`);
    }
  }
  return wrong;
}

/**
 * The one of several reports that is the module's: exactly its -m flags. Undefined: no module is
 * compiled as the pin and the level say.
 */
export function reportOfModule(
  reports: readonly (readonly string[])[],
  expected: readonly string[],
): readonly string[] | undefined {
  return reports.find((flags) => sameFlags(machineFlags(flags), expected));
}

/** How the reports differ from what the module must be compiled with, for an error. */
export function describeDifference(
  reports: readonly (readonly string[])[],
  expected: readonly string[],
): string[] {
  return reports.map((flags) => {
    const got = machineFlags(flags);
    const missing = expected.filter((flag) => !got.includes(flag));
    const excess = got.filter((flag) => !expected.includes(flag));
    return `${got.join(' ')}: lacks ${missing.join(' ') || 'nothing'}, has ${excess.join(' ') || 'nothing'} too much`;
  });
}

/** The -m flags among `flags`, sorted, each once. */
export function machineFlags(flags: readonly string[]): string[] {
  return [...new Set(flags.filter((flag) => flag.startsWith('-m')))].sort();
}

/** Whether `a`, which is sorted, has the flags of `b`. */
export function sameFlags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...b].sort().every((flag, index) => flag === a[index]);
}

function featuresOf(
  flags: readonly string[],
  platform: Platform,
): { features: string[]; unknown: string[] } {
  const features: string[] = [];
  const unknown: string[] = [];
  for (const flag of flags.filter((each) => each.startsWith('-m') && !each.startsWith('-mtune='))) {
    if (platform === 'linux-aarch64' && flag.startsWith('-march=')) {
      for (const extension of flag.slice('-march='.length).split('+')) {
        const known = featuresOfExtension(extension);
        features.push(...known);
        if (known.length === 0 && extension !== ARM_BASE) unknown.push(`${flag} (${extension})`);
      }
      continue;
    }
    const feature = featureOfFlag(flag);
    if (feature) features.push(feature);
    else unknown.push(flag);
  }
  return { features, unknown };
}

/** @throws VllmCpuError FLAGS_DIFFER */
export function flagsDiffer(wrong: readonly string[], flags: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'FLAGS_DIFFER',
    what: `cmake configured instruction sets that differ from the variant's: ${wrong.join('; ')}`,
    why: `It reported: ${flags.join(' ')}`,
    next: "Nothing was compiled. Compare requires and proves in variant.json with the release's cmake/cpu_extension.cmake. If the release cannot express a level, record that in its pin.",
  });
}
