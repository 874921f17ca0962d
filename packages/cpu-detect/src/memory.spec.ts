import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requires } from '../../../tools/executors/src/testing/requires.ts';
import { writeTree } from '../test/machine.ts';
import { PROJECT } from '../test/python.ts';
import { Files } from './files.ts';
import { readCgroups, readMemory } from './memory.ts';
import type { Cpu } from './detect.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-memory-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

const GIB = 1073741824;
let trees = 0;

function filesOf(files: Record<string, string>): Files {
  return new Files(writeTree(path.join(scratch, `tree-${(trees += 1)}`), files));
}

const V2 = '30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
const V1 =
  '31 1 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n' +
  '32 1 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n';

describe('cgroup limits', () => {
  it('takes the strictest of v2 over all ancestors', () => {
    const files = filesOf({
      '/proc/self/mountinfo': V2,
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/memory.max': `${4 * GIB}\n`,
      '/sys/fs/cgroup/a/b/memory.max': `max\n`,
      '/sys/fs/cgroup/a/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/b/cpu.max': '250000 100000\n',
    });
    expect(readCgroups(files)).toEqual({ memoryMib: 4096, milliCpus: 2500 });
  });

  it('reads v1 controllers, each at its own mount', () => {
    const files = filesOf({
      '/proc/self/mountinfo': V1,
      '/proc/self/cgroup': '5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n',
      '/sys/fs/cgroup/memory/box/memory.limit_in_bytes': `${2 * GIB}\n`,
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      '/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us': '150000\n',
      '/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us': '100000\n',
    });
    expect(readCgroups(files)).toEqual({ memoryMib: 2048, milliCpus: 1500 });
  });

  it('finds the cgroup of a container at the mount, whose root is the cgroup itself', () => {
    const files = filesOf({
      '/proc/self/mountinfo': '30 1 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n',
      '/proc/self/cgroup': '0::/docker/abc\n',
      '/sys/fs/cgroup/memory.max': `${GIB}\n`,
    });
    expect(readCgroups(files).memoryMib).toBe(1024);
  });

  it('knows no limit without cgroups, and ignores one above the memory', () => {
    expect(readCgroups(filesOf({}))).toEqual({ memoryMib: null, milliCpus: null });
    const files = filesOf({ '/proc/meminfo': 'MemTotal: 1048576 kB\nMemAvailable: 2048 kB\n' });
    expect(readMemory(files, { memoryMib: 2048, milliCpus: null })).toEqual({
      totalMib: 1024,
      availableMib: 2,
      limitMib: null,
    });
  });
});

/** A cgroup of this machine that may be written, v2 or v1, or null. */
function writableCgroup(): { folder: string; limit: string } | null {
  for (const [base, limit] of [
    ['/sys/fs/cgroup', 'memory.max'],
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ] as const) {
    const folder = path.join(base, `vllm-cpu-detect-${process.pid}`);
    try {
      fs.mkdirSync(folder);
      if (fs.existsSync(path.join(folder, limit))) return { folder, limit };
      fs.rmdirSync(folder);
    } catch {
      continue;
    }
  }
  return null;
}

describe('on this machine', () => {
  const cgroup = writableCgroup();
  afterAll(() => {
    if (cgroup) fs.rmdirSync(cgroup.folder);
  });

  requires('root and a writable memory cgroup', cgroup !== null)(
    'the limit of a real cgroup is found by a process in it',
    () => {
      if (!cgroup) return;
      fs.writeFileSync(path.join(cgroup.folder, cgroup.limit), String(GIB));
      const script = `echo $$ > ${cgroup.folder}/cgroup.procs; exec python3 -B -m vllm_cpu_detect --json`;
      expect(reportOf(['sh', '-c', script]).cpu.memory.limitMib).toBe(1024);
    },
  );

  it('the affinity of the process decides which processors are usable', () => {
    const [first] = reportOf([
      'python3',
      '-B',
      '-m',
      'vllm_cpu_detect',
      '--json',
    ]).cpu.topology.usableCpus?.split(/[-,]/) ?? ['0'];
    const command = ['taskset', '-c', first ?? '0', 'python3', '-B', '-m', 'vllm_cpu_detect'];
    expect(reportOf([...command, '--json']).cpu.topology.usableCpus).toBe(first);
  });
});

function reportOf([program = '', ...words]: string[]): { cpu: Cpu } {
  const cwd = path.join(PROJECT, 'python');
  const { stdout } = { stdout: execOutput(program, words, cwd) };
  return JSON.parse(stdout) as { cpu: Cpu };
}

/** The command answers 1 where no package suits this CPU, which is an answer all the same. */
function execOutput(program: string, words: string[], cwd: string): string {
  try {
    return execFileSync(program, words, { cwd, encoding: 'utf8' });
  } catch (error) {
    const { stdout, status } = error as { stdout?: string; status?: number };
    if (status !== 1 || stdout === undefined) throw error;
    return stdout;
  }
}
