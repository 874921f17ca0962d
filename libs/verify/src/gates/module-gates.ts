import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { baselineFeatures } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { levelOfFile } from '@vllm-cpu/variant/sums';
import { MODULE_GATES_FILE } from '../stage-files.ts';

const gateSchema = z.strictObject({
  file: z.string().describe('path in the wheel'),
  asked: z.array(z.string()).describe('CPU features that upstream asks for before it loads this'),
  askedPerKernel: z
    .array(z.string())
    .describe('features that its Python asks for before it calls a kernel that uses them'),
});

const gatesSchema = z.strictObject({
  source: z.string(),
  implied: z.record(z.string(), z.array(z.string())),
  impliedWhy: z.string(),
  platforms: z.strictObject({
    'linux-x86_64': z.array(gateSchema),
    'linux-aarch64': z.array(gateSchema),
  }),
});

/** What upstream asks the CPU before it loads one of several modules of a wheel. */
export type ModuleGate = z.infer<typeof gateSchema>;

let known: z.infer<typeof gatesSchema> | undefined;

function data(): z.infer<typeof gatesSchema> {
  known ??= parseJson(readFileSync(MODULE_GATES_FILE, 'utf8'), gatesSchema, MODULE_GATES_FILE);
  return known;
}

/** The modules that upstream chooses among on a platform, the highest first. */
export function kernelModules(platform: Platform): readonly ModuleGate[] {
  return data().platforms[platform];
}

/**
 * The gates of a wheel that holds several kernel modules, by file: upstream's questions, or, of a sum of
 * `levels`, the level in whose folder a module is. Empty for a wheel with one: that one is loaded
 * wherever the wheel is installed, so the wheel's own level is its gate.
 */
export function gatesOf(
  files: Iterable<string>,
  platform: Platform | undefined,
  levels: readonly Variant[] = [],
): ReadonlyMap<string, ModuleGate> {
  if (!platform) return new Map();
  const present = new Set(files);
  const gates = kernelModules(platform).filter(({ file }) => present.has(file));
  const own = [...present].flatMap((file) => levelGate(file, platform, levels));
  const all = [...(gates.length < 2 ? [] : gates), ...own];
  return new Map(all.map((gate) => [gate.file, gate]));
}

/** The guard of a sum asks for all of a level before it loads the level's module. */
function levelGate(file: string, platform: Platform, levels: readonly Variant[]): ModuleGate[] {
  const name = levelOfFile(file);
  const level = levels.find((variant) => variant.name === name);
  const requires = level && levelOf(level, platform)?.requires;
  if (!requires) return [];
  const base = baselineFeatures(platform);
  return [{ file, asked: requires.filter((one) => !base.includes(one)), askedPerKernel: [] }];
}

/** Features that a CPU is known to have where upstream loads the module, or calls its kernels. */
export function gatedFeatures(gate: ModuleGate | undefined): string[] {
  if (!gate) return [];
  const implied = gate.asked.flatMap((feature) => data().implied[feature] ?? []);
  return [...gate.asked, ...implied, ...gate.askedPerKernel];
}

/** The module that upstream loads on a CPU with exactly these features. */
export function moduleLoadedFor(features: readonly string[], platform: Platform): string {
  const gate = kernelModules(platform).find(({ asked }) =>
    asked.every((feature) => features.includes(feature)),
  );
  return gate?.file ?? '';
}
