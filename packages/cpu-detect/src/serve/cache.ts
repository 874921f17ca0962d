import { gib, say } from '../texts.ts';
import type { Cpu } from '../detect.ts';
import type { Model } from './model.ts';
import type { Placement } from './threads.ts';

/** Space for the KV cache of each rank, and how it was reckoned. */
export interface CacheSpace {
  /** Value of VLLM_CPU_KVCACHE_SPACE, in GiB, of each rank. */
  gib: number;
  /** Memory that one rank may use, in MiB; null: not known. */
  rankMemoryMib: number | null;
  /** Kept for the system, activations and the page cache. */
  reserveMib: number | null;
  /** The rank's share of the weights, known or assumed. */
  weightsMib: number | null;
  fits: boolean;
  arithmetic: string;
}

/** vLLM's own default, where nothing is set (vllm/platforms/cpu.py, v0.12.0). */
const DEFAULT_GIB = 4;

/** Reckons the space from the memory of a NUMA node, the weights and a fifth kept back. */
export function cacheSpace(
  cpu: Cpu,
  placement: Placement,
  model: Model,
  dtype: 'bfloat16' | 'float32',
): CacheSpace {
  const ranks = placement.tensorParallelSize;
  const memory = rankMemory(cpu, placement);
  if (memory === null) {
    return {
      gib: DEFAULT_GIB,
      rankMemoryMib: null,
      reserveMib: null,
      weightsMib: null,
      fits: true,
      arithmetic: say('kvUnknown', { gib: DEFAULT_GIB }),
    };
  }
  const reserve = Math.max(2048, Math.floor(memory / 5));
  const loaded = loadedMib(model, dtype);
  const free = Math.max(0, memory - reserve);
  const weights = loaded === null ? Math.floor(free / 2) : Math.ceil(loaded / ranks);
  const space = Math.floor((free - weights) / 1024);
  const values = {
    memory: gib(memory),
    reserve: gib(reserve),
    weights: gib(weights),
    of: ranks > 1 ? say('kvShare', { total: gib(loaded ?? 0), ranks }) : '',
    space: Math.max(1, space),
  };
  return {
    gib: Math.max(1, space),
    rankMemoryMib: memory,
    reserveMib: reserve,
    weightsMib: weights,
    fits: space >= 1,
    arithmetic: say(loaded === null ? 'kvHalf' : 'kvWeights', values),
  };
}

/** Memory that every rank can have: its node's where it is bound, and its share of the limit. */
function rankMemory(cpu: Cpu, placement: Placement): number | null {
  const used = placement.ranks.map((rank) => rank.node);
  const nodes = cpu.topology.nodes.filter((node) => used.includes(node.id));
  const { totalMib, limitMib } = cpu.memory;
  const split = (mib: number | null) =>
    mib === null ? null : Math.floor(mib / placement.tensorParallelSize);
  const sizes = nodes.flatMap((node) => (node.memoryMib === null ? [] : [node.memoryMib]));
  const own = sizes.length > 0 ? Math.min(...sizes) : split(totalMib);
  const share = split(limitMib);
  if (own === null || share === null) return own ?? share;
  return Math.min(own, share);
}

/** Size in memory: weights stored in another type than they are served in change theirs. */
function loadedMib(model: Model, dtype: 'bfloat16' | 'float32'): number | null {
  if (model.weightsMib === null) return null;
  const half = model.storedType === 'bfloat16' || model.storedType === 'float16';
  if (model.weightsFrom === 'option') return model.weightsMib;
  if (dtype === 'float32' && (half || model.weightsFrom === 'name')) return model.weightsMib * 2;
  if (dtype === 'bfloat16' && model.storedType === 'float32')
    return Math.ceil(model.weightsMib / 2);
  return model.weightsMib;
}
