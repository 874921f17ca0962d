import os from 'node:os';
import { parseCpuinfo } from './cpuinfo.ts';
import { readEnvironment, unknownEnvironment } from './environment.ts';
import { DetectError } from './errors.ts';
import { Files } from './files.ts';
import { darwinCpu, readSysctl, windowsCpu } from './foreign.ts';
import { identify, levelOf } from './identity.ts';
import { readCgroups, readMemory } from './memory.ts';
import { VARIANTS } from './table.ts';
import { readTopology, topologyOf } from './topology.ts';
import type { Cpuinfo } from './cpuinfo.ts';
import type { Environment } from './environment.ts';
import type { ForeignCpu } from './foreign.ts';
import type { Identity } from './identity.ts';
import type { Memory } from './memory.ts';
import type { Topology } from './topology.ts';

/** Whether the kernel lets this process use AMX. */
export type Amx = 'absent' | 'permitted' | 'refused' | 'not checked';

/** A CPU and the machine around it. The JSON report holds exactly this under `cpu`. */
export interface Cpu {
  system: 'linux' | 'macos' | 'windows';
  architecture: string;
  /** The platform that packages are built for, or null: none is. */
  platform: 'linux-x86_64' | 'linux-aarch64' | null;
  vendor: string | null;
  model: string | null;
  family: number | null;
  modelNumber: number | null;
  stepping: number | null;
  microarchitecture: string | null;
  level: string | null;
  /** Features that every processor has, in /proc/cpuinfo spelling, sorted. */
  features: string[];
  /** Features that only some of the processors have. */
  partialFeatures: string[];
  /** Features that this microarchitecture has and the hypervisor hides. */
  maskedFeatures: string[];
  amx: Amx;
  topology: Topology;
  memory: Memory;
  /** CPU time that the cgroup allows, in thousandths of a processor; null: no limit. */
  quotaMilliCpus: number | null;
  environment: Environment;
}

/** What to look at; without options this machine is. */
export interface DetectOptions {
  /** The text of another machine's /proc/cpuinfo: no topology, memory or environment is read. */
  cpuinfoText?: string;
  /** Name of that file, for messages. */
  cpuinfoName?: string;
  /** A copy of another machine's /proc and /sys. */
  root?: string;
  /** The kernel's answer about AMX, where it is known; Node.js cannot ask. */
  amx?: Exclude<Amx, 'absent'>;
  /** For machines that do not run Linux: their system, `uname -m` and what they say of the CPU. */
  foreign?: { system: 'macos' | 'windows'; machine: string; text: string };
}

/**
 * Tells what CPU this is and what surrounds it. Reads files only; starts no process on Linux.
 * @throws DetectError where a cpuinfo cannot be understood
 */
export function detectCpu(options: DetectOptions = {}): Cpu {
  if (options.cpuinfoText !== undefined) {
    return fromCpuinfo(options.cpuinfoText, options.cpuinfoName ?? 'cpuinfo', options.amx);
  }
  if (options.root !== undefined) return fromRoot(options.root, null, options.amx);
  if (options.foreign) return fromForeign(options.foreign);
  if (process.platform === 'darwin') {
    return fromForeign({ system: 'macos', machine: os.machine(), text: readSysctl() });
  }
  if (process.platform === 'win32') {
    const text = process.env['PROCESSOR_IDENTIFIER'] ?? '';
    return fromForeign({ system: 'windows', machine: os.machine(), text });
  }
  return fromRoot('/', os.machine(), options.amx);
}

const PLATFORMS = { x86_64: 'linux-x86_64', aarch64: 'linux-aarch64' } as const;

function platformOf(architecture: string): Cpu['platform'] {
  return architecture === 'x86_64' || architecture === 'aarch64' ? PLATFORMS[architecture] : null;
}

function fromCpuinfo(text: string, name: string, amx: DetectOptions['amx']): Cpu {
  const cpuinfo = parseCpuinfo(text, name);
  return assemble(cpuinfo, cpuinfo.architecture, amx, {
    topology: topologyOf(cpuinfo),
    memory: { totalMib: null, availableMib: null, limitMib: null },
    quotaMilliCpus: null,
    environment: unknownEnvironment(cpuinfo.features),
  });
}

function fromRoot(root: string, machine: string | null, amx: DetectOptions['amx']): Cpu {
  const files = new Files(root);
  const text = files.text('/proc/cpuinfo');
  if (text === null) {
    throw new DetectError({
      code: 'CPUINFO_UNREADABLE',
      what: `${files.at('/proc/cpuinfo')} cannot be read.`,
      why: 'On Linux the features of the CPU stand there.',
      next: 'Mount /proc, or give a copy from the machine in question with --cpuinfo FILE.',
      exitCode: 66,
    });
  }
  const cpuinfo = parseCpuinfo(text, files.at('/proc/cpuinfo'));
  const cgroups = readCgroups(files);
  return assemble(cpuinfo, architectureOf(cpuinfo, machine), amx, {
    topology: readTopology(files, cpuinfo),
    memory: readMemory(files, cgroups),
    quotaMilliCpus: cgroups.milliCpus,
    environment: readEnvironment(files, cpuinfo.features),
  });
}

/** A 32-bit kernel on a 64-bit CPU cannot run the packages; `uname -m` knows, cpuinfo does not. */
function architectureOf(cpuinfo: Cpuinfo, machine: string | null): string {
  return machine === null || machine === 'arm64' ? cpuinfo.architecture : machine;
}

type Surroundings = Pick<Cpu, 'topology' | 'memory' | 'quotaMilliCpus' | 'environment'>;

function assemble(
  cpuinfo: Cpuinfo,
  architecture: string,
  amx: DetectOptions['amx'],
  surroundings: Surroundings,
): Cpu {
  const { nativeVariant, ...identity } = identify(cpuinfo);
  const { features, partialFeatures } = cpuinfo;
  return {
    system: 'linux',
    architecture,
    platform: platformOf(architecture),
    ...identity,
    level: levelOf(architecture, features),
    features,
    partialFeatures,
    maskedFeatures: maskedOf(features, nativeVariant),
    amx: features.includes('amx_tile') ? (amx ?? 'not checked') : 'absent',
    ...surroundings,
  };
}

/** Only under a hypervisor: on bare metal the firmware switched them off, which it may. */
function maskedOf(features: readonly string[], nativeVariant: Identity['nativeVariant']): string[] {
  if (!features.includes('hypervisor')) return [];
  const native = VARIANTS.find(({ name }) => name === nativeVariant);
  const expected = native?.requires['linux-x86_64'] ?? [];
  return expected.filter((feature) => !features.includes(feature)).sort();
}

function fromForeign(foreign: NonNullable<DetectOptions['foreign']>): Cpu {
  const { system, machine, text } = foreign;
  const cpu: ForeignCpu = system === 'macos' ? darwinCpu(machine, text) : windowsCpu(machine, text);
  const { architecture, features, memoryMib, ...identity } = cpu;
  return {
    system,
    architecture,
    platform: null,
    ...identity,
    level: levelOf(architecture, features),
    features,
    partialFeatures: [],
    maskedFeatures: [],
    amx: features.includes('amx_tile') ? 'not checked' : 'absent',
    topology: { sockets: null, physicalCores: 0, logicalCpus: 0, usableCpus: null, nodes: [] },
    memory: { totalMib: memoryMib, availableMib: null, limitMib: null },
    quotaMilliCpus: null,
    environment: unknownEnvironment([]),
  };
}
