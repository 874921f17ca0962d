import type { FeatureUse } from '@vllm-cpu/isa/scan-result';
import { glibcFloor, platformTag } from '@vllm-cpu/elf/manylinux-policy';
import type { Platform } from '@vllm-cpu/variant/features';
import { baselineFeatures, PLATFORMS, machineOf } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { lowestVariantFor } from '../facts/features.ts';
import type { ModuleFacts } from '../facts/module-facts.ts';
import { gatedFeatures, type ModuleGate } from '../gates/module-gates.ts';
import { MAX_USES } from '@vllm-cpu/report/report';
import type { ReportModule } from '@vllm-cpu/report/report';

/** The platform whose machine a module is for, or undefined. */
export function platformOfMachine(machine: string): Platform | undefined {
  return PLATFORMS.find((platform) => machineOf(platform) === machine);
}

/** What is known of one module beside its code. */
export interface ModuleCircumstances {
  gate?: ModuleGate | undefined;
  /** Features of reviewed functions only. */
  excepted?: ReadonlySet<string> | undefined;
}

/** What a report says about one module; the level is worked out for each by itself. */
export function reportModule(
  module: ModuleFacts,
  variants: readonly Variant[],
  { gate, excepted }: ModuleCircumstances = {},
): ReportModule {
  const { scan } = module;
  const platform = platformOfMachine(module.machine);
  const features = Object.keys(scan?.histogram ?? {}).filter((name) => !excepted?.has(name));
  const level = scan && platform && lowestVariantFor(features, variants, platform);
  const beyondLevels = platform ? beyond(features, variants, platform) : [];
  const asked = gate ? gateOf(gate, features, platform) : null;
  const toName = [...beyondLevels, ...(excepted ?? []), ...(asked?.unasked ?? [])];
  return {
    file: module.name,
    machine: module.machine,
    size: module.size,
    codeSha256: module.codeSha256,
    codeBytes: module.codeBytes,
    glibc: glibcFloor([module]) ?? null,
    platformTag: platformTag([module], module.machine),
    level: level?.name ?? null,
    gate: asked,
    excepted: [...(excepted ?? [])].sort(),
    beyondLevels,
    functions: scan?.functions ?? 0,
    instructions: scan?.instructions ?? 0,
    histogram: scan?.histogram ?? {},
    notJudged: {
      bytes: scan?.notJudged.bytes ?? 0,
      suspicious: scan?.notJudged.suspicious ?? 0,
    },
    dataBytes: scan?.dataBytes ?? 0,
    uses: reportedUses(scan?.findings ?? [], toName).map((use) => ({
      section: use.section,
      function: use.function,
      address: use.address,
      disassembly: use.disassembly,
      feature: use.feature,
      count: use.count,
    })),
  };
}

/** As many as a report keeps; first those of the features whose functions are named. */
function reportedUses(uses: readonly FeatureUse[], toName: readonly string[]): FeatureUse[] {
  const first = uses.filter(({ feature }) => toName.includes(feature));
  const others = uses.filter(({ feature }) => !toName.includes(feature));
  return [...first, ...others].slice(0, MAX_USES);
}

function gateOf(
  gate: ModuleGate,
  features: readonly string[],
  platform: Platform | undefined,
): ReportModule['gate'] {
  const known = new Set([...(platform ? baselineFeatures(platform) : []), ...gatedFeatures(gate)]);
  const unasked = features.filter((feature) => !known.has(feature));
  return { asked: [...gate.asked], askedPerKernel: [...gate.askedPerKernel], unasked };
}

function beyond(
  features: readonly string[],
  variants: readonly Variant[],
  platform: Platform,
): string[] {
  const levels = singleLevels(variants).flatMap(
    (variant) => levelOf(variant, platform)?.requires ?? [],
  );
  const known = new Set([...baselineFeatures(platform), ...levels]);
  return features.filter((feature) => !known.has(feature));
}

/**
 * The highest of the levels of the modules that are loaded on every CPU; null where one of them fits none.
 */
export function levelOfAll(
  modules: readonly ReportModule[],
  variants: readonly Variant[],
): string | null {
  const levels = modules
    .filter((module) => !isGuarded(module))
    .map(({ level }) => variants.find(({ name }) => name === level));
  if (levels.length === 0 || levels.includes(undefined)) return null;
  const known = levels.filter((variant) => variant !== undefined);
  return known.sort((a, b) => b.rank - a.rank)[0]?.name ?? null;
}

/** It is loaded only where the CPU has all that it uses. */
function isGuarded({ gate }: ReportModule): boolean {
  if (!gate) return false;
  const { asked, askedPerKernel, unasked } = gate;
  return asked.length > 0 && askedPerKernel.length === 0 && unasked.length === 0;
}
