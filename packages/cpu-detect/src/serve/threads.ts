import { formatCpuList, parseCpuList } from '../cpu-list.ts';
import type { Cpu } from '../detect.ts';
import type { NumaNode } from '../topology.ts';

/** The processors of one tensor-parallel rank. */
export interface Rank {
  node: number;
  /** One processor of each physical core that computes, as a kernel list. */
  cpus: string;
  threads: number;
  /** Cores left to the server's other threads; empty: none. */
  reserved: string;
}

/** How the work is spread over the machine. */
export interface Placement {
  binding: 'explicit' | 'auto' | 'nobind';
  /** Why this binding was chosen: a key of the texts. */
  why: 'bindExplicit' | 'bindAsked' | 'bindQuota' | 'bindNoNode' | 'bindUnknown';
  tensorParallelSize: number;
  ranks: Rank[];
  /** OMP threads of each rank where binding is off. */
  threads: number;
  /** Cores reserved per rank. */
  reserved: number;
  /** NUMA nodes with processors and memory that this process may use. */
  usableNodes: number;
}

/**
 * Sizes that vLLM's shared-memory reduction is compiled for, and 1: csrc/cpu/shm.cpp
 * (`switch (ctx->group_size)`), v0.12.0.
 */
const SIZES = [8, 4, 3, 2, 1];

/** Spreads the ranks over the NUMA nodes, one each, on one processor per physical core. */
export function placeRanks(
  cpu: Cpu,
  asked: Placement['binding'] | null,
  attentionHeads: number | null,
): Placement {
  const usable = cpu.topology.nodes.filter((node) => node.usable);
  const cores = usable.reduce((sum, node) => sum + parseCpuList(node.cores).length, 0);
  const quota = cpu.quotaMilliCpus;
  const limited = quota !== null && quota < cores * 1000;
  const size = limited ? 1 : sizeFor(usable.length, attentionHeads);
  const ranks = usable.slice(0, size).map(rankOf);
  const [binding, why] = bindingOf(cpu, asked, usable.length > 0, limited);
  return {
    binding,
    why,
    tensorParallelSize: Math.max(1, ranks.length),
    ranks: binding === 'nobind' ? [] : ranks,
    threads: limited ? Math.max(1, Math.floor(quota / 1000)) : fewestThreads(ranks, cpu),
    reserved: Math.max(0, ...ranks.map((rank) => parseCpuList(rank.reserved).length)),
    usableNodes: usable.length,
  };
}

function sizeFor(nodes: number, attentionHeads: number | null): number {
  return (
    SIZES.find(
      (size) => size <= nodes && (attentionHeads === null || attentionHeads % size === 0),
    ) ?? 1
  );
}

function bindingOf(
  cpu: Cpu,
  asked: Placement['binding'] | null,
  hasNodes: boolean,
  limited: boolean,
): [Placement['binding'], Placement['why']] {
  if (asked === 'auto' || asked === 'nobind') return [asked, 'bindAsked'];
  if (cpu.topology.usableCpus === null) return ['auto', 'bindUnknown'];
  if (!hasNodes) return ['nobind', 'bindNoNode'];
  if (asked === 'explicit') return ['explicit', 'bindAsked'];
  return limited ? ['nobind', 'bindQuota'] : ['explicit', 'bindExplicit'];
}

/** The last core stays free where that costs little, as vLLM's own `auto` does for several ranks. */
function rankOf(node: NumaNode): Rank {
  const cores = parseCpuList(node.cores);
  const reserved = cores.length >= 4 ? 1 : 0;
  const bound = cores.slice(0, cores.length - reserved);
  return {
    node: node.id,
    cpus: formatCpuList(bound),
    threads: bound.length,
    reserved: formatCpuList(cores.slice(bound.length)),
  };
}

function fewestThreads(ranks: readonly Rank[], cpu: Cpu): number {
  const usable = parseCpuList(cpu.topology.usableCpus).length;
  if (ranks.length === 0) return Math.max(1, usable || cpu.topology.physicalCores);
  return Math.min(...ranks.map((rank) => rank.threads));
}
