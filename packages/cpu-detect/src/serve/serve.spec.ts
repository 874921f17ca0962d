import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { writeMachine, writeTree } from '../../test/machine.ts';
import { readVectors } from '../../test/vectors.ts';
import { detectCpu } from '../detect.ts';
import { recommend } from '../recommend.ts';
import { serveAdvice } from './advice.ts';
import type { MachineSpec } from '../../test/machine.ts';
import type { ServeAdvice, ServeOptions } from './advice.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-serve-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let machines = 0;

function advise(
  spec: Partial<MachineSpec> = {},
  options: Partial<ServeOptions> = {},
  file = 'intel-sapphire-rapids.json',
): ServeAdvice {
  const vector = readVectors().find((candidate) => candidate.file === file);
  if (!vector) throw new Error(`${file} is gone`);
  const root = path.join(scratch, `machine-${(machines += 1)}`);
  const machine = { nodes: 1, coresPerNode: 8, gibPerNode: 64, ...spec };
  const cpu = detectCpu({ root: writeMachine(root, vector, machine) });
  const none = { model: null, weightsGib: null, maxModelLen: null, bind: null, image: null };
  const advice = serveAdvice(cpu, recommend(cpu), { ...none, release: null, ...options });
  if (!advice) throw new Error('no advice');
  return advice;
}

function variable(advice: ServeAdvice, name: string): string | undefined {
  return advice.environment.find((setting) => setting.name === name)?.value;
}

const BIND = 'VLLM_CPU_OMP_THREADS_BIND';

describe('ranks and threads', () => {
  it('binds one node to its cores and leaves the last one to the server', () => {
    const advice = advise();
    expect(variable(advice, BIND)).toBe('0-6');
    expect(advice.placement.ranks).toEqual([{ node: 0, cpus: '0-6', threads: 7, reserved: '7' }]);
    expect(advice.command).toContain('--tensor-parallel-size=1');
  });

  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [5, 4],
    [6, 4],
    [7, 4],
    [8, 8],
    [12, 8],
  ])('makes of %i NUMA nodes %i ranks, the sizes that vLLM has', (nodes, ranks) => {
    const advice = advise({ nodes, coresPerNode: 4 });
    expect(advice.placement.tensorParallelSize).toBe(ranks);
    expect(variable(advice, BIND)?.split('|')).toHaveLength(ranks);
    expect(advice.notes.some((note) => note.includes('stay free'))).toBe(ranks < nodes);
  });

  it('takes one processor of each core with hyper-threads', () => {
    const advice = advise({ nodes: 2, coresPerNode: 8, smt: 2 });
    expect(variable(advice, BIND)).toBe('0-6|8-14');
    expect(advice.placement.ranks.map(({ reserved }) => reserved)).toEqual(['7', '15']);
  });

  it('respects a cpuset that takes the second hyper-threads only', () => {
    expect(variable(advise({ coresPerNode: 8, smt: 2, cpuset: '8-13' }), BIND)).toBe('8-12');
  });

  it('leaves out nodes whose processors the cpuset excludes', () => {
    const advice = advise({ nodes: 4, coresPerNode: 4, cpuset: '4-11' });
    expect(advice.placement.ranks.map(({ node }) => node)).toEqual([1, 2]);
    expect(variable(advice, BIND)).toBe('4-6|8-10');
  });

  it('leaves out nodes whose memory the cpuset excludes', () => {
    const advice = advise({ nodes: 2, coresPerNode: 4, memset: '0' });
    expect(advice.placement.ranks.map(({ node }) => node)).toEqual([0]);
  });

  it('leaves out a node without memory and says so', () => {
    const advice = advise({ nodes: 2, coresPerNode: 4, gibPerNode: [64, 0] });
    expect(advice.placement.ranks.map(({ node }) => node)).toEqual([0]);
    expect(advice.notes.join(' ')).toContain('without memory of their own are left out: 1');
  });

  it('reserves no core where there are fewer than four', () => {
    expect(variable(advise({ coresPerNode: 3 }), BIND)).toBe('0-2');
  });

  it('pins nothing under a CPU quota and counts threads by it', () => {
    const files = {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': '1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      '/sys/fs/cgroup/cpu.max': '350000 100000\n',
    };
    const advice = advise({ nodes: 2, files });
    expect(variable(advice, BIND)).toBe('nobind');
    expect(variable(advice, 'OMP_NUM_THREADS')).toBe('3');
    expect(variable(advice, 'MKL_NUM_THREADS')).toBe('3');
    expect(advice.placement.tensorParallelSize).toBe(1);
  });

  it('names the nodes for auto only where vLLM would find them', () => {
    const advice = advise({ nodes: 2, coresPerNode: 4 });
    expect(variable(advice, 'CPU_VISIBLE_MEMORY_NODES')).toBe('0,1');
    const excluded = advise({ nodes: 2, coresPerNode: 4, cpuset: '4-7' });
    expect(variable(excluded, 'CPU_VISIBLE_MEMORY_NODES')).toBeUndefined();
    expect(excluded.leftOut.map(({ name }) => name)).toContain('CPU_VISIBLE_MEMORY_NODES');
  });

  it('follows --bind', () => {
    expect(variable(advise({}, { bind: 'auto' }), BIND)).toBe('auto');
    const free = advise({}, { bind: 'nobind' });
    expect(variable(free, BIND)).toBe('nobind');
    expect(variable(free, 'OMP_NUM_THREADS')).toBe('7');
  });

  it.each([
    ['nobind', '0.11.1', 'nobind'],
    ['nobind', '0.11.0.post1', 'all|all'],
    ['nobind', '0.8.5', 'all|all'],
    ['auto', '0.9.1', 'auto'],
    ['auto', '0.9.0', 'all|all'],
  ] as const)('says %s in the words of %s: %s', (bind, release, said) => {
    expect(variable(advise({ nodes: 2 }, { bind, release }), BIND)).toBe(said);
  });
});

describe('memory for the KV cache', () => {
  it('is what a node has, less a fifth and the share of the weights', () => {
    const { kvCache } = advise({ nodes: 2, gibPerNode: 100 }, { weightsGib: 40 });
    expect(kvCache).toMatchObject({
      gib: 60,
      rankMemoryMib: 102400,
      weightsMib: 20480,
      fits: true,
    });
    expect(kvCache.arithmetic).toBe(
      '100.0 GiB for the rank - 20.0 GiB kept back (a fifth, 2 GiB at least) - 20.0 GiB weights (40.0 GiB over 2 ranks), rounded down to 60 GiB.',
    );
  });

  it('leaves half of the rest to weights of unknown size', () => {
    expect(advise({ gibPerNode: 100 }).kvCache.gib).toBe(40);
  });

  it('goes by the smallest node that is used', () => {
    expect(advise({ nodes: 2, gibPerNode: [100, 50] }, { weightsGib: 20 }).kvCache.gib).toBe(30);
  });

  it('divides a cgroup limit among the ranks', () => {
    const files = {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': '1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
      '/sys/fs/cgroup/memory.max': String(40 * 1073741824),
    };
    expect(advise({ nodes: 2, files }, { weightsGib: 8 }).kvCache).toMatchObject({
      rankMemoryMib: 20480,
      gib: 12,
    });
  });

  it('says that weights do not fit, and still gives a number that vLLM accepts', () => {
    const advice = advise({ gibPerNode: 16 }, { weightsGib: 60 });
    expect(advice.kvCache).toMatchObject({ gib: 1, fits: false });
    expect(advice.notes[0]).toContain('do not fit');
  });

  it('doubles 16-bit weights that are served as float32', () => {
    const name = 'org/Model-7B';
    const bf16 = advise({}, { model: name }).kvCache.weightsMib ?? 0;
    const float32 = advise({}, { model: name }, 'amd-zen3-milan.json').kvCache.weightsMib;
    expect(bf16).toBe(Math.ceil(14e9 / 1048576));
    expect(float32).toBe(bf16 * 2);
  });

  it('reads a local model: size, type, heads and longest context', () => {
    const model = writeTree(path.join(scratch, 'model'), {
      '/config.json': JSON.stringify({
        torch_dtype: 'float32',
        num_attention_heads: 6,
        max_position_embeddings: 2048,
      }),
      '/model.safetensors': 'x'.repeat(3 * 1048576),
      '/pytorch_model.bin': 'x'.repeat(3 * 1048576),
    });
    const advice = advise({ nodes: 4, coresPerNode: 4 }, { model, maxModelLen: 4096 });
    expect(advice.placement.tensorParallelSize).toBe(3);
    expect(advice.kvCache.weightsMib).toBe(1);
    expect(variable(advice, 'VLLM_ALLOW_LONG_MAX_MODEL_LEN')).toBe('1');
    expect(advice.command).toContain('--max-model-len=4096');
  });
});

describe('data type and kernels', () => {
  it.each([
    ['intel-sapphire-rapids.json', 'bfloat16', '1'],
    ['amd-zen4-genoa.json', 'bfloat16', undefined],
    ['intel-cascade-lake.json', 'bfloat16', undefined],
    ['amd-zen3-milan.json', 'float32', undefined],
    ['aws-graviton2.json', 'float32', undefined],
    ['aws-graviton3.json', 'bfloat16', undefined],
  ])('%s: %s, VLLM_CPU_SGL_KERNEL=%s', (file, dtype, sgl) => {
    const advice = advise({}, {}, file);
    expect(advice.dtype.value).toBe(dtype);
    expect(variable(advice, 'VLLM_CPU_SGL_KERNEL')).toBe(sgl);
  });

  it('preloads the tcmalloc of this system, and tells how to get one', () => {
    const library = '/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4';
    expect(variable(advise({ files: { [library]: '' } }), 'LD_PRELOAD')).toBe(library);
    const without = advise().leftOut.find(({ name }) => name === 'LD_PRELOAD');
    expect(without?.why).toContain('apt-get install libtcmalloc-minimal4');
  });
});

describe('containers', () => {
  it('says what a container lacks: capability, seccomp, shared memory', () => {
    const { notes } = advise({
      files: {
        '/.dockerenv': '',
        '/proc/self/status': 'CapEff:\t00000000a80425fb\nSeccomp:\t2\n',
        '/proc/self/mountinfo': '1 1 0:1 / /dev/shm rw - tmpfs shm rw,size=65536k\n',
      },
    });
    expect(notes.join('\n')).toContain('--cap-add=SYS_NICE');
    expect(notes.join('\n')).toContain('seccomp=unconfined');
    expect(notes.join('\n')).toContain('/dev/shm has 64 MiB');
  });
});
