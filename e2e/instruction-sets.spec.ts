import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { requires } from '@vllm-cpu/testing/requires';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { countInstructions } from './support/wheels/disassembly.ts';
import type { Counts } from './support/wheels/disassembly.ts';
import { withCpuinfo, writeCpuinfo } from './support/hosts/other-host.ts';
import { digestsOf, memberOf, VARIANTS, wheelOf } from './support/wheels/results.ts';
import type { VariantName } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const onX86 = process.arch === 'x64';
const isRoot = process.getuid?.() === 0;

/** What each level must have at work; everything else must be absent. */
const PROMISED: Record<VariantName, readonly (keyof Counts)[]> = {
  noavx512: ['avx2'],
  avx512: ['avx2', 'evex', 'zmm', 'mask'],
  avx512vnni: ['avx2', 'evex', 'zmm', 'mask', 'vnni'],
  avx512bf16: ['avx2', 'evex', 'zmm', 'mask', 'vnni', 'bf16'],
  amxbf16: ['avx2', 'evex', 'zmm', 'mask', 'vnni', 'bf16', 'amxTile', 'amxBf16'],
};

/**
 * Hosts, and what is compiled on them: a level that the host could add to, and one that asks for more than it
 * has. The three hosts together have every level once or more.
 */
const HOSTS: Record<string, readonly VariantName[]> = {
  'intel-skylake-x': ['noavx512', 'amxbf16'],
  'amd-zen5-turin': ['avx512vnni', 'amxbf16'],
  'intel-sapphire-rapids': ['avx512', 'avx512bf16'],
};

const made = clones();
let clone: Clone;
/** Of what this host compiles. */
let digests: Record<string, string>;

beforeAll(async () => {
  if (!onX86) return;
  clone = await made.makeBuilt();
  const { exitCode, output } = await clone.nx(['run-many', '-t', 'compile-sample']);
  if (exitCode !== 0) throw new Error(output);
  digests = await digestsOf(clone.root, 'compile');
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

describe('the compiled module', () => {
  for (const variant of VARIANTS) {
    requires('x86-64', onX86)(
      `of ${variant} has exactly its instruction sets, as objdump sees it`,
      async () => {
        const counts = await countInstructions(
          await memberOf(wheelOf(clone.root, variant, 'compile'), 'vllm/_C.abi3.so'),
        );
        const seen = Object.entries(counts).filter(([, number]) => number > 0);
        expect(seen.map(([kind]) => kind).sort()).toEqual([...PROMISED[variant]].sort());
      },
      TIMEOUT,
    );
  }

  requires('x86-64', onX86)(
    'is what inspect says of it, as a target of Nx too',
    async () => {
      const wheel = wheelOf(clone.root, 'avx512bf16', 'compile');
      const { exitCode, output } = await clone.nx(['run', 'executors:inspect', `--wheel=${wheel}`]);
      expect(output).toMatch(/vllm\/_C\.abi3\.so +│ avx512bf16 +│.*avx512_bf16 \d+/);
      expect(exitCode).toBe(0);
    },
    TIMEOUT,
  );

  for (const [host, variants] of Object.entries(HOSTS)) {
    requires('root and x86-64', isRoot && onX86)(
      `is the same, byte for byte, when the build host is ${host}`,
      async () => {
        const cpuinfo = join(await made.folder('hosts'), host);
        writeCpuinfo(cpuinfo, host);
        const within = withCpuinfo(cpuinfo);
        const seen = await createRunner().run({
          argv: ['env', ...within, 'cat', '/proc/cpuinfo'],
          env: { PATH: process.env['PATH'] ?? '' },
        });
        expect(seen.stdout.includes('amx_tile')).toBe(host === 'intel-sapphire-rapids');
        expect(seen.stdout.includes('avx512_bf16')).toBe(host !== 'intel-skylake-x');
        const projects = variants.map((name) => `variant-${name}`);
        const words = ['run-many', '-t', 'compile-sample', '-p', projects.join()];
        rmSync(join(clone.root, 'dist'), { recursive: true });
        const { exitCode, ran } = await clone.nx(words, await made.newMachine(), within);
        expect(exitCode).toBe(0);
        expect(ran).toHaveLength(variants.length);
        const usual = variants.map((name) => [name, digests[name]]);
        expect(await digestsOf(clone.root, 'compile', variants)).toEqual(Object.fromEntries(usual));
      },
      TIMEOUT,
    );
  }
});
