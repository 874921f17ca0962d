import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { putBuiltWheel } from '@vllm-cpu/testing/built-wheels';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { collect } from './collect.ts';

const RELEASE = '0.12.0';

describe('collect', () => {
  const folder = temporaryFolders();
  let root: string;
  let to: string;
  beforeEach(() => {
    root = folder();
    to = join(root, 'gathered');
  });
  const put = (variant: string, ok?: boolean, content = `the wheel of ${variant}`) =>
    putBuiltWheel({ root, variant, release: RELEASE, content, ok });
  const run = (verified = true) =>
    collect({ root, to, verified, releaseName: RELEASE, variants: ['avx512', 'amxbf16'] });
  const sha256sum = () =>
    createRunner().try({
      argv: ['sha256sum', '--check', '--strict', 'SHA256SUMS'],
      cwd: to,
      env: { PATH: process.env['PATH'] ?? '' },
    });

  it('has each wheel with its manifest and report, and checksums that sha256sum accepts', async () => {
    put('avx512', true);
    put('amxbf16', true);
    const gathered = await run();
    const names = gathered.map(({ file }) => file);
    expect(names).toHaveLength(2);
    expect(readdirSync(to).sort()).toEqual(
      [
        'SHA256SUMS',
        ...names.flatMap((name) => [name, `${name}.manifest.json`, `${name}.report.json`]),
      ].sort(),
    );
    expect(await sha256sum()).toMatchObject({ exitCode: 0 });
  });

  it('replaces earlier wheels of the same names and leaves other files alone', async () => {
    mkdirSync(to);
    writeFileSync(join(to, 'notes.txt'), 'mine');
    put('avx512', true);
    put('amxbf16', true);
    await run();
    put('amxbf16', true, 'another build');
    const [, { file } = { file: '' }] = await run();
    expect(readFileSync(join(to, file), 'utf8')).toBe('another build');
    expect(readFileSync(join(to, 'notes.txt'), 'utf8')).toBe('mine');
    expect(await sha256sum()).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['was never verified', undefined],
    ['failed', false],
  ])('refuses a wheel that %s, and gathers nothing', async (_what, ok) => {
    put('avx512', true);
    put('amxbf16', ok);
    await expect(run()).rejects.toMatchObject({
      code: 'WHEEL_NOT_VERIFIED',
      next: expect.stringContaining('variant-amxbf16:verify-0.12.0'),
    });
    expect(existsSync(to)).toBe(false);
  });

  it('gathers unproven wheels when asked to, without a report that says otherwise', async () => {
    put('avx512', true);
    put('amxbf16', undefined);
    await run(false);
    expect(readdirSync(to).filter((name) => name.endsWith('.report.json'))).toHaveLength(1);
  });

  it('refuses a wheel that changed since it was built, proven or not', async () => {
    put('avx512', true);
    writeFileSync(put('amxbf16', true), 'something else');
    for (const verified of [true, false]) {
      await expect(run(verified)).rejects.toMatchObject({ code: 'WHEEL_CHANGED' });
    }
  });

  it('refuses a variant that was not built, and a folder that cannot be made', async () => {
    put('avx512', true);
    await expect(run()).rejects.toMatchObject({ code: 'WHEEL_NOT_BUILT' });
    put('amxbf16', true);
    writeFileSync(to, 'a file');
    await expect(run()).rejects.toMatchObject({ code: 'FOLDER_NOT_WRITABLE' });
  });
});
