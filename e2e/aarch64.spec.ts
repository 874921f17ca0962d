import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgram } from '@vllm-cpu/system/programs';
import { createRunner } from '@vllm-cpu/system/run';
import {
  fixturePlan,
  fixtureRelease,
  packageFixture,
  realVariant,
  realVariants,
} from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { FIXTURE_ENV, makeWheel } from '@vllm-cpu/testing/wheel-fixture';
import { AARCH64_BASELINE } from '@vllm-cpu/variant/features';
import { NOTHING_ALLOWED } from '@vllm-cpu/verify/allow';
import { inspectFile } from '@vllm-cpu/verify/inspect';
import type { Report } from '@vllm-cpu/report/report';
import { verifyWheel } from '@vllm-cpu/verify/verify-wheel';
import { arm64Host } from './support/hosts/arm64-host.ts';
import { crossCompile, kernelProgram, runAs } from './support/hosts/arm64-sample.ts';
import type { Arm64Sample } from './support/hosts/arm64-sample.ts';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { interpreterOf } from './support/interpreter.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const onX86 = requires('x86-64', process.arch === 'x64');
const PROGRAMS = ['aarch64-linux-gnu-g++', 'qemu-aarch64', 'ccache', 'patchelf'];
const crossed = requires(
  PROGRAMS.join(', '),
  process.arch === 'x64' && PROGRAMS.every((name) => findProgram(name, process.env['PATH'])),
);
const VARIANT = realVariant('noavx512');
const REQUIRES = VARIANT.platforms['linux-aarch64']?.requires ?? [];

const made = clones();
let clone: Clone;
let arm64: Record<string, string>;
beforeAll(async () => {
  clone = await made.make();
  arm64 = arm64Host(await made.folder('host'));
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

const lines = (output: string) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown> & { inputs: object });

describe('on a 64-bit ARM machine', () => {
  onX86(
    'the same variant of the same release is another task',
    async () => {
      const plan = ['run', 'variant-noavx512:plan-sample', '--json', '--output-style=static'];
      const [here] = lines((await clone.nx(plan)).output);
      const [there] = lines((await clone.nx(plan, arm64)).output);
      expect([here?.['platform'], there?.['platform']]).toEqual(['linux-x86_64', 'linux-aarch64']);
      expect(there?.['key']).not.toBe(here?.['key']);
      const differing = Object.entries(there?.inputs ?? {}).filter(
        ([name, value]) =>
          JSON.stringify(value) !==
          JSON.stringify((here?.inputs as Record<string, unknown> | undefined)?.[name]),
      );
      expect(differing.map(([name]) => name).sort()).toEqual(['level', 'platform']);
    },
    TIMEOUT,
  );

  onX86(
    'a run over all variants does the one that is built there; another says where it is built',
    async () => {
      const all = ['run-many', '-t', 'plan', '--json', '--output-style=static'];
      const { exitCode, output } = await clone.nx(all, arm64);
      expect(exitCode).toBe(0);
      expect(new Set(lines(output).map((plan) => plan['distribution']))).toEqual(
        new Set(['vllm-cpu']),
      );
      const other = await clone.nx(['run', 'variant-avx512:compile-sample'], arm64);
      expect(other.exitCode).toBe(1);
      expect(other.output).toContain('vllm-cpu-avx512 is not built on linux-aarch64');
    },
    TIMEOUT,
  );

  onX86(
    'that is emulated on x86-64 nothing is compiled, and the reason is said',
    async () => {
      const run = await clone.nx(['run', 'variant-noavx512:compile-sample'], arm64);
      expect(run.exitCode).toBe(1);
      expect(run.output).toContain('error [PLATFORM_EMULATED]');
      expect(run.output).toContain('GCC crashes under QEMU');
      expect(existsSync(join(clone.root, 'dist'))).toBe(false);
    },
    TIMEOUT,
  );
});

it(
  'the build matrix has one job on an ARM runner for each release',
  async () => {
    const words = ['run', 'upstream:matrix', '--releases=0.12.0,0.16.0', '--force', '--json'];
    const [matrix] = lines((await clone.nx([...words, '--output-style=static'])).output);
    const jobs = matrix?.['include'] as Record<string, string>[];
    // Seven a release: the five variants and their sum, one of them on both platforms.
    expect(jobs).toHaveLength(14);
    expect(
      jobs
        .filter(({ platform }) => platform === 'linux-aarch64')
        .map(({ project, release, runner }) => [project, release, runner]),
    ).toEqual([
      ['vllm-cpu', '0.12.0', 'ubuntu-24.04-arm'],
      ['vllm-cpu', '0.16.0', 'ubuntu-24.04-arm'],
    ]);
  },
  TIMEOUT,
);

describe('the embedded upstream, cross-compiled for 64-bit ARM', () => {
  // A compile for this machine leaves cmake and ninja, unless an earlier one did.
  beforeAll(() => interpreterOf(clone).then(() => undefined), TIMEOUT);

  const sample = new Map<string, Promise<Arm64Sample>>();
  const compiled = (name: string, features: readonly string[]) => {
    const begun =
      sample.get(name) ?? made.folder(name).then((folder) => crossCompile(folder, features));
    sample.set(name, begun);
    return begun;
  };
  const common = async (name: string) => ({
    platform: 'linux-aarch64' as const,
    variant: VARIANT,
    variants: realVariants(),
    allow: NOTHING_ALLOWED,
    runner: createRunner(),
    env: FIXTURE_ENV,
    workDir: await made.folder(name),
  });
  const found = (report: Report) =>
    report.checks.find(({ name }) => name === 'instruction-sets')?.findings ?? [];

  crossed(
    'has the instruction sets of the variant and none above, whatever the build host has',
    async () => {
      expect(REQUIRES).toEqual([...AARCH64_BASELINE]);
      const { module, flags } = await compiled('variant', REQUIRES);
      expect(flags).toContain('-march=armv8.2-a+dotprod+fp16');
      expect(flags).not.toMatch(/bf16|-m(avx|f16c)/);
      const report = await inspectFile({ path: module, ...(await common('inspect')) });
      expect(found(report)).toEqual([]);
      expect(report).toMatchObject({ ok: true, level: 'noavx512' });
    },
    TIMEOUT,
  );

  crossed(
    'would take BF16 from a Graviton 3 that builds, which inspection refuses by name',
    async () => {
      const { module, flags } = await compiled('leaked', [...REQUIRES, 'bf16']);
      expect(flags).toContain('-march=armv8.2-a+bf16+dotprod+fp16');
      const report = await inspectFile({ path: module, ...(await common('inspect-leaked')) });
      expect(report.ok).toBe(false);
      expect(JSON.stringify(found(report))).toMatch(/bf16/);
    },
    TIMEOUT,
  );

  crossed(
    'becomes a wheel for manylinux on aarch64 that passes its verification',
    async () => {
      const { module, libraries } = await compiled('variant', REQUIRES);
      const folder = await made.folder('wheel');
      const wheel = await makeWheel({
        folder,
        tag: 'cp38-abi3-linux_aarch64',
        modules: [],
        requires: ['torch==2.9.1+cpu'],
        files: { 'vllm/_C.abi3.so': await readFile(module) },
      });
      const platform = 'linux-aarch64' as const;
      const packaged = await packageFixture(
        fixturePlan(wheel, folder, { platform, libraryDirs: [libraries] }),
      );
      expect(packaged.fileName).toMatch(
        /^vllm_cpu-0\.12\.0-cp38-abi3-manylinux_2_\d+_aarch64\.whl$/,
      );
      const report = await verifyWheel({
        ...(await common('verify')),
        wheelPath: packaged.path,
        release: fixtureRelease(),
        strict: false,
      });
      expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
      expect(report.ok).toBe(true);
    },
    TIMEOUT,
  );

  crossed(
    'computes on Graviton 2 and Raspberry Pi 5; a Raspberry Pi 4, on which it dies, lacks what the guard asks for',
    async () => {
      const { flags } = await compiled('variant', REQUIRES);
      const program = await kernelProgram(await made.folder('kernels'), flags);
      for (const cpu of ['neoverse-n1', 'cortex-a76']) {
        const answer = 'asimddp 43712, asimdhp 3.5';
        expect(await runAs(cpu, program, REQUIRES)).toEqual({ missing: [], answer, signal: null });
      }
      expect(await runAs('cortex-a72', program, REQUIRES)).toEqual({
        missing: ['atomics', 'fphp', 'asimdhp', 'asimdrdm', 'asimddp'],
        answer: '',
        signal: 'SIGILL',
      });
    },
    TIMEOUT,
  );
});
