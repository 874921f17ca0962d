import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { fixturePlan, packageFixture, realVariant } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { FIXTURE_ENV, makeWheel, pythonModule } from '@vllm-cpu/testing/wheel-fixture';
import type { WheelFixture } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import { parseRecord } from '@vllm-cpu/wheel/record';
import type { PackagedWheel } from './plan.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const onX86 = requires('x86-64', hostPlatform() === 'linux-x86_64');
const PLATFORMS = { 'vllm/platforms/__init__.py': '"""Which device this is."""\n' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sum-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A compiled wheel whose kernels answer with a number of their own. */
async function compiled(level: string, answer: number, more: Partial<WheelFixture> = {}) {
  const source = pythonModule('_C', String(answer));
  const path = join(folder, `${level}-${answer}-${Object.keys(more).join()}`);
  const modules = [{ path: 'vllm/_C.abi3.so', source, flags: ['-g'] }];
  const compiledWheel = await makeWheel({ folder: path, modules, files: PLATFORMS, ...more });
  return { level, compiledWheel };
}

async function sum(
  name: string,
  higher: readonly { level: string; compiledWheel: string }[],
): Promise<PackagedWheel> {
  const { compiledWheel } = await compiled('noavx512', 2);
  const variant = realVariant('universal');
  const place = join(folder, name);
  return packageFixture(fixturePlan(compiledWheel, place, { variant, higherLevels: higher }));
}

/** Installed by unpacking: no other file of it is needed here. */
async function answerOf(wheel: PackagedWheel, level: string): Promise<string> {
  const site = join(folder, `site-${level}`);
  const runner = createRunner();
  await runner.run({
    argv: ['python3', '-m', 'zipfile', '-e', wheel.path, site],
    env: FIXTURE_ENV,
  });
  const { stdout, stderr } = await runner.try({
    argv: ['python3', '-c', 'import vllm._C; print(vllm._C.answer())'],
    env: { ...FIXTURE_ENV, PYTHONPATH: site, VLLM_CPU_LEVEL: level },
  });
  return stdout.trim() || (stderr.trim().split('\n').at(-1) ?? '');
}

describe('the wheel of several levels', () => {
  onX86('has the module of each in its folder, all else once, and a RECORD of it', async () => {
    const higher = [await compiled('avx512', 512), await compiled('amxbf16', 16)];
    const wheel = await sum('made', higher);
    expect(wheel.fileName).toMatch(/^vllm_cpu_universal-0\.12\.0-cp38-abi3-manylinux_2_\d+_x86_64/);
    await withArchive(wheel.path, async (archive) => {
      const names = archive.entries.map(({ name }) => name);
      expect(names.filter((name) => name.endsWith('.so'))).toEqual([
        'vllm/_cpu_levels/amxbf16/_C.abi3.so',
        'vllm/_cpu_levels/avx512/_C.abi3.so',
        'vllm/_cpu_levels/noavx512/_C.abi3.so',
        'vllm/libvllm_cpu_features.so',
      ]);
      const info = 'vllm_cpu_universal-0.12.0.dist-info';
      const record = parseRecord(await archive.readText(`${info}/RECORD`));
      expect(record.map(({ path }) => path)).toEqual(names);
      const sbom = await archive.readText(`${info}/sboms/vllm-cpu.cdx.json`);
      const { metadata } = JSON.parse(sbom) as {
        metadata: { component: { properties: { name: string; value: string }[] } };
      };
      const levels = metadata.component.properties.filter(({ name }) => name === 'vllm-cpu:level');
      expect(levels.map(({ value }) => value)).toEqual([
        ...['noavx512', 'avx512', 'avx512vnni', 'avx512bf16', 'amxbf16'],
      ]);
      // Before 0.15 the Python asks nothing, and this is what says the level.
      expect(await archive.readText('vllm/platforms/__init__.py')).toContain(
        'from vllm import _vllm_cpu_level\n',
      );
    });
    expect(await answerOf(wheel, 'noavx512')).toBe('2');
    const again = await sum('again', higher);
    expect(again.sha256).toBe(wheel.sha256);
  });

  onX86('is not made of levels that differ in more than their kernels', async () => {
    const files = { ...PLATFORMS, 'vllm/data.json': '{}' };
    const python = { ...PLATFORMS, 'vllm/version.py': 'other = 1\n' };
    const [more, other] = [
      await compiled('avx512', 512, { files }),
      await compiled('avx512', 513, { files: python }),
    ];
    const differ = (file: string) => ({
      code: 'LEVELS_DIFFER',
      what: `the compiles of noavx512 and avx512 differ in ${file}`,
    });
    await expect(sum('more', [more])).rejects.toMatchObject(differ('vllm/data.json'));
    await expect(sum('other', [other])).rejects.toMatchObject(differ('vllm/version.py'));
  });

  onX86('is not made of a level without kernels, or with two modules of them', async () => {
    const source = pythonModule('_C');
    const modules = [
      { path: 'vllm/_C.abi3.so', source },
      { path: 'vllm/_C_AVX2.abi3.so', source },
    ];
    const two = await compiled('avx512', 2, { modules });
    await expect(sum('two', [two])).rejects.toMatchObject({
      code: 'LEVEL_WITHOUT_KERNELS',
      what: 'the compile of avx512 has vllm/_C.abi3.so and vllm/_C_AVX2.abi3.so',
    });
  });
});
