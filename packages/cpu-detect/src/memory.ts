import path from 'node:path';
import { wholeNumber } from './files.ts';
import type { Files } from './files.ts';

/** Memory in MiB. `limitMib`: the strictest cgroup limit below the machine's total. */
export interface Memory {
  totalMib: number | null;
  availableMib: number | null;
  limitMib: number | null;
}

/** What the cgroups of this process allow; null: no limit. */
export interface CgroupLimits {
  memoryMib: number | null;
  /** CPU time in thousandths of a processor: 2500 is two and a half. */
  milliCpus: number | null;
}

interface Mount {
  root: string;
  point: string;
  type: string;
  options: string[];
}

/** MemTotal of a meminfo file, the machine's or a NUMA node's, in MiB. */
export function memoryTotalMib(files: Files, file: string): number | null {
  return meminfoMib(files, file, 'MemTotal');
}

function meminfoMib(files: Files, file: string, name: string): number | null {
  const match = new RegExp(`(?:^|\\n)(?:Node [0-9]+ )?${name}: *([0-9]{1,15}) kB`).exec(
    files.text(file) ?? '',
  );
  return match ? Math.floor(Number(match[1]) / 1024) : null;
}

/** The machine's memory and the limit that `cgroups` set below it. */
export function readMemory(files: Files, cgroups: CgroupLimits): Memory {
  const totalMib = memoryTotalMib(files, '/proc/meminfo');
  const limit = cgroups.memoryMib;
  const limited = limit !== null && (totalMib === null || limit < totalMib);
  return {
    totalMib,
    availableMib: meminfoMib(files, '/proc/meminfo', 'MemAvailable'),
    limitMib: limited ? limit : null,
  };
}

/**
 * The strictest memory and CPU limit of this process's cgroup and of all its ancestors, in cgroup
 * v1 and v2 (cgroups(7); a container sees its own cgroup as the mount's root).
 */
export function readCgroups(files: Files): CgroupLimits {
  const mounts = readMounts(files);
  const memory: (number | null)[] = [];
  const cpus: (number | null)[] = [];
  for (const line of (files.text('/proc/self/cgroup') ?? '').split('\n')) {
    const match = /^[0-9]+:([^:]*):(.*)$/.exec(line);
    if (!match) continue;
    const controllers = (match[1] ?? '').split(',');
    const own = match[2] ?? '/';
    for (const directory of directoriesOf(mounts, controllers, own)) {
      memory.push(wholeNumber(files.line(`${directory}/memory.max`)));
      memory.push(wholeNumber(files.line(`${directory}/memory.limit_in_bytes`)));
      cpus.push(quotaOf((files.line(`${directory}/cpu.max`) ?? '').split(' ')));
      const period = files.line(`${directory}/cpu.cfs_period_us`) ?? '';
      cpus.push(quotaOf([files.line(`${directory}/cpu.cfs_quota_us`) ?? '', period]));
    }
  }
  const bytes = lowest(memory);
  return {
    memoryMib: bytes === null ? null : Math.floor(bytes / 1048576),
    milliCpus: lowest(cpus),
  };
}

/** Quota and period in microseconds as thousandths of a CPU; null for `max`, -1 and nonsense. */
function quotaOf(words: readonly string[]): number | null {
  const quota = wholeNumber(words[0]);
  const period = wholeNumber(words[1]);
  if (quota === null || period === null || quota <= 0 || period <= 0) return null;
  return Math.floor((quota * 1000) / period);
}

function lowest(numbers: readonly (number | null)[]): number | null {
  let result: number | null = null;
  for (const number of numbers) {
    if (number !== null && number > 0 && (result === null || number < result)) result = number;
  }
  return result;
}

/** The directories of one line of /proc/self/cgroup, from its own up to the mount point. */
function directoriesOf(mounts: readonly Mount[], controllers: readonly string[], own: string) {
  const unified = controllers.length === 1 && controllers[0] === '';
  const mount = mounts.find(({ type, options }) =>
    unified
      ? type === 'cgroup2'
      : type === 'cgroup' && controllers.some((controller) => options.includes(controller)),
  );
  if (!mount) return [];
  const below =
    mount.root === '/' ? own : own.startsWith(mount.root) ? own.slice(mount.root.length) : '';
  const parts = below.split('/').filter((part) => part !== '');
  const inside = parts.includes('..') ? [] : parts;
  const directories = [mount.point];
  for (const part of inside) {
    directories.unshift(path.posix.join(directories[0] ?? mount.point, part));
  }
  return directories;
}

/** /proc/self/mountinfo, as proc(5) describes it. */
export function readMounts(files: Files): Mount[] {
  return (files.text('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const before = left.split(' ');
    const after = right.split(' ');
    if (before.length < 6 || after.length < 3) return [];
    const options = (after[2] ?? '').split(',');
    return [{ root: before[3] ?? '/', point: before[4] ?? '', type: after[0] ?? '', options }];
  });
}
