import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOTHING_ALLOWED } from './gates/allow.ts';
import { createRunner } from '@vllm-cpu/system/run';
import { realVariant, realVariants } from '@vllm-cpu/testing/package-fixture';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { inspectFile } from './inspect.ts';
import type { InspectOptions } from './inspect.ts';
import { reportMarkdown } from './report/report-markdown.ts';
import { levelTable, reportLine, reportTable } from './report/report-text.ts';
import { reportSchema } from '@vllm-cpu/report/report';
import { MODULE } from '@vllm-cpu/testing/faults';
import { moduleSource, WITNESS, WheelWorkshop } from '@vllm-cpu/testing/wheel-workshop';
import { writeReport } from './report/write-report.ts';

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
}, 60_000);
afterAll(() => workshop.close(), 60_000);

function options(path: string, changes: Partial<InspectOptions> = {}): InspectOptions {
  return {
    path,
    variants: realVariants(),
    allow: NOTHING_ALLOWED,
    runner: createRunner(),
    env: FIXTURE_ENV,
    workDir: workshop.folder,
    ...changes,
  };
}

/** A wheel as upstream's unified ones: several modules, each for its own CPUs. */
async function unified(): Promise<string> {
  const parts = await workshop.sound();
  const code = (feature: string) =>
    workshop.compile(moduleSource({ [`_Z6kernelv_${feature}`]: WITNESS[feature] ?? '' }));
  parts.files['vllm/_C_AVX512.abi3.so'] = await code('avx512dq');
  const needsMath = `extern double pow(double, double);\ndouble power(double x) { return pow(x, x); }`;
  parts.files['vllm/libpower.so'] = await workshop.compile(needsMath, ['-lm']);
  parts.files['vllm/_C_BF16.abi3.so'] = await code('avx512_bf16');
  return await workshop.write(parts);
}

describe('inspect', () => {
  it('never passes a module that is not ELF: nobody can judge it', async () => {
    const parts = await workshop.sound();
    parts.files[MODULE] = Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n');
    const report = await inspectFile(options(await workshop.write(parts)));
    expect(reportTable(report)).toMatch(/: .*platform.* FAILED/);
    expect(reportTable(report)).toMatch(/is not an ELF file but a Git LFS pointer/);
    expect(reportTable(report)).not.toMatch(/no modules, so no instructions/);
  });

  it('says which level each module of a wheel needs, and the true glibc floor', async () => {
    const report = await inspectFile(options(await unified()));
    const levels = Object.fromEntries(report.modules.map(({ file, level }) => [file, level]));
    expect(levels).toEqual({
      'vllm/_C.abi3.so': 'noavx512',
      'vllm/_C_AVX512.abi3.so': 'avx512',
      'vllm/_C_BF16.abi3.so': 'avx512bf16',
      'vllm/libpower.so': 'noavx512',
    });
    expect(report).toMatchObject({ level: 'avx512bf16', glibc: '2.29', ok: true, variant: null });
    expect(levelTable(report)).toMatch(/avx512bf16; glibc 2\.29/);
  });

  it('shows why a module needs its level, and marks what no level has', async () => {
    const path = join(workshop.folder, 'why.so');
    const code = { a: WITNESS['avx512f'] ?? '', b: 'vaddph %zmm0, %zmm1, %zmm2' };
    writeFileSync(path, await workshop.compile(moduleSource(code)));
    const text = levelTable(await inspectFile(options(path)));
    expect(text).toMatch(/why\.so +│ none fits +│ avx512_fp16\* 1, avx512f 1 +│/);
    expect(text).toContain('* a feature that no level has');
    expect(text).toMatch(/why\.so: avx512_fp16 in b\b.* \(0x[0-9a-f]+\)\n/);
  });

  it('names the checks that failed where no variant was asked for', async () => {
    const parts = await workshop.sound();
    const fine = await inspectFile(options(await workshop.write(parts)));
    expect(reportTable(fine)).toContain(`${parts.fileName}: no check failed`);
    parts.record = (lines) => lines.slice(1);
    const damaged = await inspectFile(options(await workshop.write(parts)));
    expect(damaged.ok).toBe(true);
    expect(reportTable(damaged)).toContain(`${parts.fileName}: record FAILED`);
  });

  it('says of a wheel without modules that it has none', async () => {
    const parts = await workshop.sound();
    parts.files = Object.fromEntries(
      Object.entries(parts.files).filter(([name]) => name !== MODULE),
    );
    const text = levelTable(await inspectFile(options(await workshop.write(parts))));
    expect(text).toBe(`${parts.fileName}: no ELF module\n`);
  });

  it('passes or fails as a named variant', async () => {
    const path = await unified();
    const wrong = await inspectFile(options(path, { variant: realVariant('noavx512') }));
    expect(wrong.ok).toBe(false);
    expect(reportTable(wrong)).toMatch(/instruction-sets: error: vllm\/_C_BF16\.abi3\.so \.text/);
  });

  it('judges a wheel that was renamed by what its modules are for', async () => {
    const path = join(workshop.folder, 'renamed.whl');
    copyFileSync(await unified(), path);
    const changes = { variant: realVariant('noavx512'), only: ['instruction-sets'] };
    expect(await inspectFile(options(path, changes))).toMatchObject({
      ok: false,
      platform: 'linux-x86_64',
    });
  });

  it('runs only the checks that are asked for, and knows their names', async () => {
    const path = await unified();
    const report = await inspectFile(options(path, { only: ['size', 'record'] }));
    expect(report.checks.map(({ name }) => name)).toEqual(['record', 'size']);
    await expect(inspectFile(options(path, { only: ['sise'] }))).rejects.toMatchObject({
      code: 'CHECK_UNKNOWN',
    });
  });

  it('looks into a bare module', async () => {
    const path = join(workshop.folder, 'bare.so');
    writeFileSync(path, await workshop.compile(moduleSource({ tile: 'tilezero %tmm0' })));
    expect(await inspectFile(options(path))).toMatchObject({ ok: true, level: 'amxbf16' });
    const variant = realVariant('avx512bf16');
    const judged = await inspectFile(options(path, { variant }));
    expect(judged.ok).toBe(false);
    expect(judged.checks[0]?.findings[0]?.message).toMatch(/amx_tile: tilezero/);
    await expect(inspectFile(options(path, { only: ['record'] }))).rejects.toMatchObject({
      code: 'CHECK_NOT_FOR_ELF',
    });
  });

  it('fails on what cannot be read, and names the file', async () => {
    const path = join(workshop.folder, 'vllm-1.0-py3-none-any.whl');
    writeFileSync(path, 'not a wheel');
    expect(await inspectFile(options(path))).toMatchObject({ ok: false });
    for (const unreadable of ['/nowhere.whl', workshop.folder]) {
      await expect(inspectFile(options(unreadable))).rejects.toMatchObject({
        code: 'FILE_NOT_READABLE',
        what: `${unreadable} cannot be read`,
      });
    }
  });

  it('of a file that is no wheel prints why, and no table of what was not run', async () => {
    const path = join(workshop.folder, 'README.md');
    writeFileSync(path, '# Not a wheel\n');
    const text = reportTable(await inspectFile(options(path)));
    expect(text).toMatch(/^README\.md: FAILED\n {2}archive: error: /);
    expect(text).not.toContain('not run');
  });

  it('is a line with what was found and what could not be tried', async () => {
    const report = await inspectFile(options(await unified()));
    const line = reportLine(report).split('\n')[0] ?? '';
    expect(line).toMatch(
      /: (?:no check|platform) failed \(\d+ checks.*; instruction-sets not run: /i,
    );
  });

  it('writes a report that its schema accepts, and one for people', async () => {
    const report = await inspectFile(options(await unified()));
    const folder = mkdtempSync(join(workshop.folder, 'report-'));
    await writeReport(folder, report);
    const json: unknown = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(reportSchema.parse(json)).toEqual(report);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toBe(reportMarkdown(report));
    expect(reportMarkdown(report)).toMatch(/\| instruction-sets \| not run \|/);
    rmSync(folder, { recursive: true });
  });
});
