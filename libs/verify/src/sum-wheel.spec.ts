import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Release } from '@vllm-cpu/sources/release';
import { createRunner } from '@vllm-cpu/system/run';
import { fixtureRelease, realVariant, realVariants } from '@vllm-cpu/testing/package-fixture';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { WheelWorkshop } from '@vllm-cpu/testing/wheel-workshop';
import type { WheelParts } from '@vllm-cpu/testing/wheel-workshop';
import { allowFileSchema, NOTHING_ALLOWED } from './gates/allow.ts';
import type { Allowances } from './gates/allow.ts';
import { inspectFile } from './inspect.ts';
import { levelTable } from './report/report-text.ts';
import type { Report } from '@vllm-cpu/report/report';
import { verifyWheel } from './verify-wheel.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const [C, AVX2] = ['vllm/_C.abi3.so', 'vllm/_C_AVX2.abi3.so'] as const;

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
}, 60_000);
afterAll(() => workshop.close(), 60_000);

/** Compiled when it is asked for: the workshop is open then. */
const code = (...given: Parameters<WheelWorkshop['compileUses']>) => workshop.compileUses(...given);

function context() {
  const workDir = workshop.folder;
  const runner = createRunner();
  return { variants: realVariants(), allow: NOTHING_ALLOWED, runner, env: FIXTURE_ENV, workDir };
}

const module = { flags: [], definitions: [], pyLimitedApi: 'cp38', kernels: true };
const modules = ['_C', '_C_AVX512', '_C_AVX2'].map((name) => ({ ...module, name }));
const base = fixtureRelease();
const release: Release = {
  ...base,
  equivalences: [
    { variant: 'avx512vnni', to: 'avx512', platform: 'linux-x86_64', evidence: 'cmake' },
  ],
  source: {
    ...base.source,
    modules: { 'linux-x86_64': modules, 'linux-aarch64': modules },
    cpuQuestions: 1,
  },
};
const problems = ({ checks }: Report) =>
  checks.flatMap(({ findings }) => findings.map(({ place, message }) => `${place} ${message}`));

/** A review of one function of the kernel modules. */
const TRACE_REVIEWED = allowFileSchema.parse({
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

describe('the wheel of all levels of such a release', () => {
  const at = (level: string, name: string) => `vllm/_cpu_levels/${level}/${name}.abi3.so`;
  const bf16 = 'avx512f avx512bw avx512dq avx512vl avx512_vnni avx512_bf16';

  async function parts(changes: Record<string, Buffer | null> = {}): Promise<WheelParts> {
    const sum = await workshop.sound('universal');
    const files = {
      [at('noavx512', '_C_AVX2')]: await code('avx2 f16c'),
      [at('avx512', '_C_AVX512')]: await code('avx512f avx512bw avx512dq avx512vl'),
      [at('avx512bf16', '_C')]: await code(bf16),
      [at('amxbf16', '_C')]: await code(`${bf16} amx_tile amx_bf16`),
      ...changes,
    };
    const kept = Object.entries({ ...sum.files, ...files }).filter(
      (entry): entry is [string, string | Buffer] => entry[0] !== C && entry[1] !== null,
    );
    return { ...sum, files: Object.fromEntries(kept) };
  }

  async function verified(
    changes: Record<string, Buffer | null>,
    as = 'universal',
    allow: Allowances = NOTHING_ALLOWED,
  ) {
    return verifyWheel({
      ...context(),
      allow,
      wheelPath: await workshop.write(await parts(changes)),
      variant: realVariant(as),
      release,
      platform: 'linux-x86_64',
      strict: true,
      only: ['kernel-module', 'instruction-sets'],
    });
  }

  it('passes, runs from the lowest level on, and says when each module is loaded', async () => {
    const report = await verified({});
    expect(problems(report)).toEqual([]);
    expect(report).toMatchObject({ ok: true, level: 'noavx512' });
    expect(report.modules.map(({ file, level }) => [file, level])).toEqual([
      [at('noavx512', '_C_AVX2'), 'noavx512'],
      [at('avx512', '_C_AVX512'), 'avx512'],
      [at('avx512bf16', '_C'), 'avx512bf16'],
      [at('amxbf16', '_C'), 'amxbf16'],
    ]);
    const inspected = await inspectFile({
      ...context(),
      path: await workshop.write(await parts()),
    });
    expect(levelTable(inspected)).toMatch(
      /avx512bf16\/_C\.abi3\.so is loaded where a CPU has avx512f and .*avx512_vnni and avx512_bf16\n/,
    );
  });

  it('is excepted by what was reviewed of the module in the wheel of its level', async () => {
    const traced = { trace: 'ptwrite %rcx' };
    const module = await code('avx512f avx512bw avx512dq avx512vl', traced);
    const changes = { [at('avx512', '_C_AVX512')]: module };
    expect(problems(await verified(changes))).toEqual([expect.stringMatching(/ptwrite/)]);
    const allowed = await verified(changes, 'universal', TRACE_REVIEWED);
    expect(allowed).toMatchObject({ ok: true });
  });

  it('fails by a module that uses more than its own level, whatever others may', async () => {
    const report = await verified({ [at('avx512', '_C_AVX512')]: await code(bf16) });
    const found = problems(report).filter((text) => !/not one such/.test(text));
    expect(found).toEqual([
      expect.stringMatching(/avx512\/_C_AVX512\.abi3\.so .*avx512_vnni: vpdpbusd/),
      expect.stringMatching(/avx512\/_C_AVX512\.abi3\.so .*avx512_bf16: vdpbf16ps/),
    ]);
  });

  it('fails by a module without what its own level promises, whatever others have', async () => {
    const report = await verified({ [at('amxbf16', '_C')]: await code(bf16) });
    expect(problems(report)).toEqual([
      expect.stringMatching(/amx_tile, amx_bf16 promised, and not one .*--variant=amxbf16/),
    ]);
  });

  it('fails without the module of a level, and with one that no level loads', async () => {
    const none = await verified({ [at('avx512', '_C_AVX512')]: null });
    expect(problems(none)).toEqual([
      expect.stringMatching(
        /avx512\/_C_AVX512\.abi3\.so is missing, and vLLM loads it at the level/,
      ),
      expect.stringMatching(/avx512f, avx512bw, avx512dq, avx512vl promised/),
    ]);
    const twin = await verified({ [at('avx512vnni', '_C_AVX512')]: await code('avx2') });
    expect(problems(twin)).toEqual([
      expect.stringMatching(/avx512vnni\/_C_AVX512\.abi3\.so is never loaded at the level of/),
    ]);
  });

  it('is no way to put more into the wheel of one level', async () => {
    const report = await verified({ [AVX2]: await code('avx2 f16c') }, 'noavx512');
    expect(problems(report).join('\n')).toMatch(/amxbf16\/_C\.abi3\.so is never loaded/);
    expect(problems(report).join('\n')).toMatch(/amxbf16\/_C\.abi3\.so .*amx_tile: tilezero/);
  });
});
