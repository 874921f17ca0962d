import fs from 'node:fs';
import path from 'node:path';
import { formatCpuList } from '../src/cpu-list.ts';
import { cpuinfoText } from './vectors.ts';
import type { Vector } from './vectors.ts';

/** A machine to build as a tree of /proc and /sys. */
export interface MachineSpec {
  nodes: number;
  coresPerNode: number;
  smt?: 1 | 2;
  sockets?: number;
  /** GiB of each node, or of every node in turn. */
  gibPerNode: number | number[];
  /** Processors and memory nodes that the process may use; all without. */
  cpuset?: string;
  memset?: string;
  files?: Record<string, string>;
}

/**
 * Writes the tree of a machine with the CPU of `vector` and returns its root. Processors are
 * numbered as Linux does on x86-64: first one of each core, then the second ones.
 */
export function writeMachine(root: string, vector: Vector, spec: MachineSpec): string {
  const { nodes, coresPerNode, smt = 1, sockets = 1 } = spec;
  const cores = nodes * coresPerNode;
  const cpus = cores * smt;
  const lines = vector.cpuinfo?.[0]?.lines ?? [];
  const files: Record<string, string> = {
    '/proc/cpuinfo': cpuinfoText({ ...vector, cpuinfo: [{ count: cpus, lines }] }),
    '/proc/self/status': statusOf(spec, cpus),
    '/sys/devices/system/cpu/online': `${formatCpuList(range(0, cpus))}\n`,
    '/lib64/ld-linux-x86-64.so.2': '',
  };
  for (let cpu = 0; cpu < cpus; cpu += 1) {
    const core = cpu % cores;
    const topology = `/sys/devices/system/cpu/cpu${cpu}/topology`;
    const siblings = smt === 2 ? `${core},${core + cores}` : `${core}`;
    files[`${topology}/thread_siblings_list`] = `${siblings}\n`;
    files[`${topology}/physical_package_id`] = `${Math.floor((core * sockets) / cores)}\n`;
  }
  let total = 0;
  for (let node = 0; node < nodes; node += 1) {
    const first = node * coresPerNode;
    const own = range(first, first + coresPerNode);
    const second = smt === 2 ? own.map((core) => core + cores) : [];
    const { gibPerNode } = spec;
    const size = typeof gibPerNode === 'number' ? gibPerNode : (gibPerNode[node] ?? 0);
    total += size;
    files[`/sys/devices/system/node/node${node}/cpulist`] =
      `${formatCpuList([...own, ...second])}\n`;
    files[`/sys/devices/system/node/node${node}/meminfo`] =
      `Node ${node} MemTotal:       ${size * 1048576} kB\nNode ${node} MemFree:  0 kB\n`;
  }
  files['/proc/meminfo'] = `MemTotal:       ${total * 1048576} kB\nMemFree:        1 kB\n`;
  return writeTree(root, { ...files, ...spec.files });
}

function statusOf(spec: MachineSpec, cpus: number): string {
  const cpuset = spec.cpuset ?? formatCpuList(range(0, cpus));
  const memset = spec.memset ?? formatCpuList(range(0, spec.nodes));
  return [
    'Name:\tnode',
    'CapEff:\t000001ffffffffff',
    'Seccomp:\t0',
    `Cpus_allowed_list:\t${cpuset}`,
    `Mems_allowed_list:\t${memset}`,
    '',
  ].join('\n');
}

/** Writes files by their absolute path below `root`. */
export function writeTree(root: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }
  return root;
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
