import { parseCpuList } from '../cpu-list.ts';
import { usableFeatures } from '../recommend.ts';
import { count, say } from '../texts.ts';
import { cacheSpace } from './cache.ts';
import { readModel } from './model.ts';
import { settingsOf } from './settings.ts';
import { placeRanks } from './threads.ts';
import type { Cpu } from '../detect.ts';
import type { Recommendation } from '../recommend.ts';
import type { CacheSpace } from './cache.ts';
import type { Model } from './model.ts';
import type { LeftOut, Setting } from './settings.ts';
import type { Placement } from './threads.ts';

/** How to run `vllm serve` here. The JSON report holds exactly this under `serve`. */
export interface ServeAdvice {
  model: Model;
  dtype: { value: 'bfloat16' | 'float32'; why: string };
  placement: Placement;
  kvCache: CacheSpace;
  environment: Setting[];
  leftOut: LeftOut[];
  /** The command and its arguments, one word each. */
  command: string[];
  container: { image: string; shmSize: string; capAdd: string[]; securityOpt: string[] };
  notes: string[];
}

/** What the user may say about the server. */
export interface ServeOptions {
  model: string | null;
  weightsGib: number | null;
  maxModelLen: number | null;
  bind: Placement['binding'] | null;
  image: string | null;
  release: string | null;
}

/** Works out settings and command for the CPU; null where no package runs here. */
export function serveAdvice(
  cpu: Cpu,
  recommendation: Recommendation,
  options: ServeOptions,
): ServeAdvice | null {
  if (recommendation.variant === null) return null;
  const model = readModel(options.model, options.weightsGib);
  const dtype = dtypeOf(cpu);
  const placement = placeRanks(cpu, options.bind, model.attentionHeads);
  const kvCache = cacheSpace(cpu, placement, model, dtype.value);
  const long = isLong(model, options.maxModelLen);
  const { environment, leftOut } = settingsOf({
    cpu,
    placement,
    kvCache,
    dtype: dtype.value,
    long,
    release: options.release,
  });
  return {
    model,
    dtype,
    placement,
    kvCache,
    environment,
    leftOut,
    command: commandOf(model.name, dtype.value, placement, options.maxModelLen),
    container: {
      image: options.image ?? imageOf(recommendation.variant, options.release),
      shmSize: '4g',
      capAdd: ['SYS_NICE'],
      securityOpt: ['seccomp=unconfined'],
    },
    notes: notesOf(cpu, placement, kvCache, model),
  };
}

function isLong(model: Model, maxModelLen: number | null): boolean {
  return maxModelLen !== null && model.maxPositions !== null && maxModelLen > model.maxPositions;
}

/** bfloat16 halves the memory traffic, which decides speed; it pays where the CPU computes it well. */
function dtypeOf(cpu: Cpu): ServeAdvice['dtype'] {
  const has = new Set(usableFeatures(cpu));
  const native = ['amx_bf16', 'avx512_bf16', 'bf16'].find((feature) => has.has(feature));
  if (native) return { value: 'bfloat16', why: say('dtypeNative', { feature: native }) };
  const emulates = ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl'].every((name) => has.has(name));
  if (emulates) return { value: 'bfloat16', why: say('dtypeEmulated') };
  return { value: 'float32', why: say(has.has('asimd') ? 'dtypeNoneArm' : 'dtypeNone') };
}

function commandOf(
  model: string,
  dtype: string,
  placement: Placement,
  maxModelLen: number | null,
): string[] {
  const command = ['vllm', 'serve', model, `--dtype=${dtype}`];
  command.push(`--tensor-parallel-size=${placement.tensorParallelSize}`);
  if (maxModelLen !== null) command.push(`--max-model-len=${maxModelLen}`);
  return command;
}

function imageOf(variant: string, release: string | null): string {
  const version = release ?? 'latest';
  return variant === 'noavx512' ? `vllm-cpu:${version}` : `vllm-cpu:${variant}-${version}`;
}

function notesOf(cpu: Cpu, placement: Placement, kvCache: CacheSpace, model: Model): string[] {
  const { environment, memory, topology } = cpu;
  const notes: string[] = [];
  const { tensorParallelSize: size, usableNodes } = placement;
  const idle = topology.nodes.filter((node) => !node.usable && node.cpus !== '');
  if (!kvCache.fits) notes.push(say('kvDoesNotFit'));
  if (placement.binding === 'nobind' && usableNodes > 1 && size === 1)
    notes.push(say('noteOneRank'));
  else if (size < usableNodes) {
    const heads = model.attentionHeads ?? 0;
    const key = heads > 0 && heads % usableNodes !== 0 ? 'noteHeads' : 'noteSizes';
    notes.push(say(key, { size, nodes: usableNodes, left: usableNodes - size, heads }));
  }
  if (idle.length > 0) {
    notes.push(say('noteMemoryless', { nodes: idle.map((node) => node.id).join(', ') }));
  }
  if (environment.container !== null && environment.mayMigrateMemory === false) {
    notes.push(say('noteCapability'));
  }
  if (environment.container !== null && environment.seccomp === true)
    notes.push(say('noteSeccomp'));
  const shared = environment.sharedMemoryMib;
  if (shared !== null && shared < 4096) notes.push(say('noteSharedMemory', { mib: shared }));
  const needed = (kvCache.gib * 1024 + (kvCache.weightsMib ?? 0)) * size;
  if (memory.availableMib !== null && memory.availableMib < needed) {
    notes.push(say('noteAvailable', { mib: memory.availableMib }));
  }
  if (model.weightsFrom === 'name') notes.push(say('noteEstimated'));
  const cores = parseCpuList(topology.usableCpus).length;
  if (topology.usableCpus !== null && cores < 4)
    notes.push(say('noteFewCores', { cpus: count(cores, 'processor') }));
  return notes;
}
