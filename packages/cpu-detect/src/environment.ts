import { readMounts } from './memory.ts';
import { statusLine } from './topology.ts';
import type { Files } from './files.ts';

/** Where the process runs. Null: not known, as for a cpuinfo file of another machine. */
export interface Environment {
  /** Name of the hypervisor, `unknown` where only the CPU flag tells; null on bare metal. */
  hypervisor: string | null;
  container: string | null;
  wsl: boolean;
  libc: 'glibc' | 'musl' | null;
  /** Size of /dev/shm where it is fixed, in MiB. */
  sharedMemoryMib: number | null;
  /** Whether the process may migrate memory between NUMA nodes (CAP_SYS_NICE). */
  mayMigrateMemory: boolean | null;
  /** Whether a seccomp filter is on, which may forbid migrate_pages and mbind. */
  seccomp: boolean | null;
  /** Path of tcmalloc on this system. */
  tcmalloc: string | null;
}

/** What is known of a machine of which only the cpuinfo is there. */
export function unknownEnvironment(features: readonly string[]): Environment {
  return {
    hypervisor: features.includes('hypervisor') ? 'unknown' : null,
    container: null,
    wsl: false,
    libc: null,
    sharedMemoryMib: null,
    mayMigrateMemory: null,
    seccomp: null,
    tcmalloc: null,
  };
}

/** Reads the environment below `files`. */
export function readEnvironment(files: Files, features: readonly string[]): Environment {
  const wsl = /microsoft/i.test(files.line('/proc/sys/kernel/osrelease') ?? '');
  const capabilities = statusLine(files, 'CapEff');
  const seccomp = statusLine(files, 'Seccomp');
  return {
    hypervisor: hypervisorOf(files, features),
    container: containerOf(files),
    wsl,
    libc: libcOf(files),
    sharedMemoryMib: sharedMemoryOf(files),
    mayMigrateMemory: capabilities === null ? null : hasSysNice(capabilities),
    seccomp: seccomp === null ? null : seccomp !== '0',
    tcmalloc: tcmallocOf(files, features),
  };
}

const HYPERVISORS: readonly (readonly [string, string])[] = [
  ['Amazon EC2', 'Amazon EC2'],
  ['Google', 'Google Compute Engine'],
  ['Microsoft Corporation', 'Hyper-V'],
  ['VMware', 'VMware'],
  ['innotek', 'VirtualBox'],
  ['Parallels', 'Parallels'],
  ['Apple', 'Apple Virtualization'],
  ['Xen', 'Xen'],
  ['QEMU', 'KVM'],
  ['KVM', 'KVM'],
];

function hypervisorOf(files: Files, features: readonly string[]): string | null {
  const flagged = features.includes('hypervisor');
  const arm = features.includes('asimd');
  const dmi = ['sys_vendor', 'product_name'].map((name) => files.line(`/sys/class/dmi/id/${name}`));
  const text = [...dmi, files.line('/sys/hypervisor/type')].map((line) => line ?? '').join(' ');
  const known = HYPERVISORS.find(([mark]) => text.toLowerCase().includes(mark.toLowerCase()));
  // Bare-metal instances carry the vendor's name too; on x86 the flag decides. 64-bit ARM has no
  // flag, so only names that are never on bare metal count there.
  if (arm)
    return known && ['KVM', 'Xen', 'VMware', 'Parallels'].includes(known[1]) ? known[1] : null;
  return flagged ? (known?.[1] ?? 'unknown') : null;
}

function containerOf(files: Files): string | null {
  if (files.exists('/run/.containerenv')) return 'podman';
  const groups = files.text('/proc/self/cgroup') ?? '';
  if (/kubepods/.test(groups) || files.exists('/var/run/secrets/kubernetes.io')) {
    return 'kubernetes';
  }
  if (files.exists('/.dockerenv') || /docker/.test(groups)) return 'docker';
  const named = files.line('/run/systemd/container');
  if (named !== null && /^[a-z][a-z0-9-]{0,30}$/.test(named)) return named;
  return /\blxc\b/.test(groups) ? 'lxc' : null;
}

const LOADERS = ['/lib64/ld-linux-x86-64.so.2', '/lib/ld-linux-aarch64.so.1'];

function libcOf(files: Files): Environment['libc'] {
  if (LOADERS.some((loader) => files.exists(loader))) return 'glibc';
  const musl = files.names('/lib').some((name) => /^ld-musl-.*\.so\.1$/.test(name));
  return musl ? 'musl' : null;
}

function sharedMemoryOf(files: Files): number | null {
  const mount = readMounts(files).findLast(({ point }) => point === '/dev/shm');
  const size = mount?.options.find((option) => option.startsWith('size='))?.slice(5) ?? '';
  const match = /^([0-9]{1,15})([kmg]?)$/i.exec(size);
  if (!match) return null;
  const unit = { '': 1, k: 1024, m: 1048576, g: 1073741824 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return Math.floor((Number(match[1]) * unit) / 1048576);
}

/** Bit 23 of the effective capabilities, CAP_SYS_NICE in linux/capability.h. */
function hasSysNice(hexadecimal: string): boolean {
  return (parseInt(hexadecimal.slice(-6, -5), 16) & 8) === 8;
}

const LIBRARY_FOLDERS = [
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib64',
  '/usr/local/lib',
  '/home/linuxbrew/.linuxbrew/lib',
];

function tcmallocOf(files: Files, features: readonly string[]): string | null {
  const machine = features.includes('asimd') ? 'aarch64' : 'x86_64';
  for (const folder of [`/usr/lib/${machine}-linux-gnu`, ...LIBRARY_FOLDERS]) {
    for (const name of ['libtcmalloc_minimal.so.4', 'libtcmalloc.so.4']) {
      if (files.exists(`${folder}/${name}`)) return `${folder}/${name}`;
    }
  }
  return null;
}
