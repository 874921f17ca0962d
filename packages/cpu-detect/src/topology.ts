import { formatCpuList, parseCpuList } from './cpu-list.ts';
import { trim, wholeNumber } from './files.ts';
import { memoryTotalMib } from './memory.ts';
import type { Cpuinfo } from './cpuinfo.ts';
import type { Files } from './files.ts';

/** One NUMA node, as far as this process may use it. */
export interface NumaNode {
  id: number;
  /** Processors of the node that this process may use, as a kernel list. */
  cpus: string;
  /** One processor of each physical core among them, as a kernel list. */
  cores: string;
  memoryMib: number | null;
  /** Has processors and memory that this process may use. */
  usable: boolean;
}

/** Processors and where they sit. Null: not known, as for a cpuinfo file of another machine. */
export interface Topology {
  sockets: number | null;
  physicalCores: number;
  logicalCpus: number;
  /** Processors that this process may use (cpuset and affinity), as a kernel list. */
  usableCpus: string | null;
  nodes: NumaNode[];
}

const CPU = '/sys/devices/system/cpu';
const NODE = '/sys/devices/system/node';

/** Reads sockets, cores and NUMA nodes from sysfs below `files`, respecting the process's cpuset. */
export function readTopology(files: Files, cpuinfo: Cpuinfo): Topology {
  const online = onlineCpus(files, cpuinfo);
  const allowed = allowedList(files, 'Cpus_allowed_list');
  const usable = allowed === null ? online : online.filter((cpu) => allowed.has(cpu));
  const { coreOf, packages } = readCores(files, online, cpuinfo);
  return {
    sockets: Math.max(1, packages.size),
    physicalCores: new Set(coreOf.values()).size,
    logicalCpus: online.length,
    usableCpus: formatCpuList(usable),
    nodes: readNodes(files, usable, coreOf),
  };
}

/** What a cpuinfo alone says of the topology. */
export function topologyOf(cpuinfo: Cpuinfo): Topology {
  const { coreOf, packages } = coresOf(cpuinfo);
  return {
    sockets: packages.size > 0 ? packages.size : null,
    physicalCores: new Set(coreOf.values()).size,
    logicalCpus: cpuinfo.processors.length,
    usableCpus: null,
    nodes: [],
  };
}

function onlineCpus(files: Files, cpuinfo: Cpuinfo): number[] {
  const listed = parseCpuList(files.line(`${CPU}/online`));
  return listed.length > 0 ? listed : [...coresOf(cpuinfo).coreOf.keys()];
}

/** A list of /proc/self/status; null where the file or the line is missing. */
function allowedList(files: Files, name: string): Set<number> | null {
  const line = statusLine(files, name);
  return line === null ? null : new Set(parseCpuList(line));
}

/** One value of /proc/self/status. */
export function statusLine(files: Files, name: string): string | null {
  for (const line of (files.text('/proc/self/status') ?? '').split('\n')) {
    if (line.startsWith(`${name}:`)) return trim(line.slice(name.length + 1));
  }
  return null;
}

interface Cores {
  /** Processor number to the lowest-numbered processor of the same physical core. */
  coreOf: Map<number, number>;
  packages: Set<string>;
}

function readCores(files: Files, online: readonly number[], cpuinfo: Cpuinfo): Cores {
  const coreOf = new Map<number, number>();
  const packages = new Set<string>();
  const here = new Set(online);
  for (const cpu of online) {
    if (coreOf.has(cpu)) continue;
    const topology = `${CPU}/cpu${cpu}/topology`;
    const siblings = files.line(`${topology}/thread_siblings_list`);
    if (siblings === null) return coresOf(cpuinfo, online);
    for (const sibling of [cpu, ...parseCpuList(siblings)]) {
      if (here.has(sibling) && !coreOf.has(sibling)) coreOf.set(sibling, cpu);
    }
    packages.add(files.line(`${topology}/physical_package_id`) ?? '0');
  }
  return { coreOf, packages };
}

/** Cores by `physical id` and `core id`; a processor without them is a core of its own. */
function coresOf(cpuinfo: Cpuinfo, online?: readonly number[]): Cores {
  const coreOf = new Map<number, number>();
  const packages = new Set<string>();
  const first = new Map<string, number>();
  for (const fields of cpuinfo.processors) {
    const cpu = wholeNumber(fields['processor']) ?? coreOf.size;
    const socket = fields['physical id'];
    if (socket !== undefined) packages.add(socket);
    const core =
      socket === undefined || fields['core id'] === undefined
        ? `cpu ${cpu}`
        : `${socket} ${fields['core id']}`;
    if (!first.has(core)) first.set(core, cpu);
    coreOf.set(cpu, first.get(core) ?? cpu);
  }
  for (const cpu of online ?? []) if (!coreOf.has(cpu)) coreOf.set(cpu, cpu);
  return { coreOf, packages };
}

function readNodes(files: Files, usable: readonly number[], coreOf: Map<number, number>) {
  const ids = files
    .names(NODE)
    .flatMap((name) => (/^node[0-9]+$/.test(name) ? [Number(name.slice(4))] : []))
    .sort((a, b) => a - b);
  const total = memoryTotalMib(files, '/proc/meminfo');
  const allowed = allowedList(files, 'Mems_allowed_list');
  if (ids.length === 0) return [nodeOf(0, usable, coreOf, total, true)];
  return ids.map((id) => {
    const cpus = new Set(parseCpuList(files.line(`${NODE}/node${id}/cpulist`)));
    const own = usable.filter((cpu) => cpus.has(cpu));
    // With one node the machine's total is the truth: hot-added memory may be missing in the node's.
    const memory = ids.length === 1 ? total : memoryTotalMib(files, `${NODE}/node${id}/meminfo`);
    return nodeOf(id, own, coreOf, memory, allowed === null || allowed.has(id));
  });
}

function nodeOf(
  id: number,
  cpus: readonly number[],
  coreOf: Map<number, number>,
  memoryMib: number | null,
  allowed: boolean,
): NumaNode {
  const seen = new Set<number>();
  const cores = cpus.filter((cpu) => {
    const core = coreOf.get(cpu) ?? cpu;
    if (seen.has(core)) return false;
    seen.add(core);
    return true;
  });
  const usable = allowed && cpus.length > 0 && memoryMib !== 0;
  return { id, cpus: formatCpuList(cpus), cores: formatCpuList(cores), memoryMib, usable };
}
