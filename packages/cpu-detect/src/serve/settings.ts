import { parseCpuList } from '../cpu-list.ts';
import { usableFeatures } from '../recommend.ts';
import { say } from '../texts.ts';
import type { Cpu } from '../detect.ts';
import type { CacheSpace } from './cache.ts';
import type { Placement } from './threads.ts';

/** One environment variable of the server. */
export interface Setting {
  name: string;
  value: string;
  why: string;
  /** `process`: it names a file of this system, so that it is left out for containers. */
  scope: 'everywhere' | 'process';
}

/** A variable that is better not set here. */
export interface LeftOut {
  name: string;
  why: string;
}

/** What decides the settings. `long`: the asked context is longer than the model's own. */
export interface SettingsInput {
  cpu: Cpu;
  placement: Placement;
  kvCache: CacheSpace;
  dtype: 'bfloat16' | 'float32';
  long: boolean;
  /** Of vLLM, where it is known: old ones have other words. */
  release: string | null;
}

/** The variables to set, in a fixed order, and those that are left out with the reason. */
export function settingsOf(input: SettingsInput): { environment: Setting[]; leftOut: LeftOut[] } {
  const environment: Setting[] = [];
  const leftOut: LeftOut[] = [];
  const set = (name: string, value: string | number, why: string) =>
    environment.push({ name, value: String(value), why, scope: 'everywhere' });
  const leave = (name: string, why: string) => leftOut.push({ name, why });

  set('VLLM_CPU_KVCACHE_SPACE', input.kvCache.gib, input.kvCache.arithmetic);
  bindingSettings(input, set, leave);
  sglKernel(input, set, leave);
  preload(input.cpu, environment, leave);
  set('TORCHINDUCTOR_COMPILE_THREADS', 1, say('whyInductor'));
  if (input.long) set('VLLM_ALLOW_LONG_MAX_MODEL_LEN', 1, say('whyLong'));
  else leave('VLLM_ALLOW_LONG_MAX_MODEL_LEN', say('whyNotLong'));
  return { environment, leftOut };
}

type Set = (name: string, value: string | number, why: string) => void;
type Leave = (name: string, why: string) => void;

function bindingSettings(input: SettingsInput, set: Set, leave: Leave): void {
  const { cpu, placement } = input;
  const { binding, ranks, reserved, threads } = placement;
  const value = binding === 'explicit' ? ranks.map((rank) => rank.cpus).join('|') : binding;
  set(
    'VLLM_CPU_OMP_THREADS_BIND',
    inWordsOf(input.release, value, placement.tensorParallelSize),
    say(placement.why, { ranks: ranks.length }),
  );
  if (binding === 'nobind') {
    leave('VLLM_CPU_NUM_OF_RESERVED_CPU', say('whyNotReserved'));
    leave('CPU_VISIBLE_MEMORY_NODES', say('whyNotNodes'));
    set('OMP_NUM_THREADS', threads, say('whyOmp'));
    set('MKL_NUM_THREADS', threads, say('whyMkl'));
    return;
  }
  const only = binding === 'auto' ? '' : ` ${say('onlyAuto')}`;
  set('VLLM_CPU_NUM_OF_RESERVED_CPU', reserved, say('whyReserved') + only);
  const nodes = ranks.map((rank) => rank.node);
  const usable = new Set(parseCpuList(cpu.topology.usableCpus));
  if (nodes.length === 0) leave('CPU_VISIBLE_MEMORY_NODES', say('whyNodesUnknown'));
  // vllm/platforms/cpu.py (v0.12.0) keeps a node only if a processor of the same number is allowed.
  else if (!nodes.every((node) => usable.has(node))) {
    leave('CPU_VISIBLE_MEMORY_NODES', say('whyNodesBroken'));
  } else set('CPU_VISIBLE_MEMORY_NODES', nodes.join(','), say('whyNodes') + only);
  leave('OMP_NUM_THREADS', say('whyNotOmp'));
  leave('MKL_NUM_THREADS', say('whyNotOmp'));
}

/**
 * Threads left alone, or placed by vLLM, in the words of the release: up to 0.11.0 unbound is `all`, once
 * for each rank, and `nobind` ends the server; so does `auto` up to 0.9.0 (read at the tags, in
 * vllm/v1/worker/cpu_worker.py and vllm/worker/cpu_worker.py).
 */
function inWordsOf(release: string | null, value: string, ranks: number): string {
  const first = { nobind: '0.11.1', auto: '0.9.1' }[value];
  if (release === null || first === undefined) return value;
  return isBefore(release, first) ? Array(ranks).fill('all').join('|') : value;
}

/** Compares `major.minor.patch`; a postfix does not count. */
function isBefore(release: string, other: string): boolean {
  const [a, b] = [release, other].map((text) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number));
  const at = [0, 1, 2].find((index) => (a?.[index] ?? 0) !== (b?.[index] ?? 0));
  return at !== undefined && (a?.[at] ?? 0) < (b?.[at] ?? 0);
}

function sglKernel({ cpu, dtype }: SettingsInput, set: Set, leave: Leave): void {
  const has = usableFeatures(cpu);
  const amx = ['amx_tile', 'amx_int8', 'amx_bf16'].every((feature) => has.includes(feature));
  if (amx && dtype === 'bfloat16') set('VLLM_CPU_SGL_KERNEL', 1, say('whySgl'));
  else leave('VLLM_CPU_SGL_KERNEL', say('whyNotSgl'));
}

function preload(cpu: Cpu, environment: Setting[], leave: Leave): void {
  const { tcmalloc } = cpu.environment;
  if (tcmalloc === null) leave('LD_PRELOAD', say('whyNotPreload'));
  else {
    environment.push({
      name: 'LD_PRELOAD',
      value: tcmalloc,
      why: say('whyPreload'),
      scope: 'process',
    });
  }
}
