import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { makeWheel } from '@vllm-cpu/testing/wheel-fixture';
import { makeChildEnvironment, THE_FILE_ITSELF } from './child-environment.ts';

const folder = temporaryFolders();
const runner = createRunner();
const env = { PATH: process.env['PATH'] ?? '' };
const run = async (python: string, code: string) =>
  (await runner.run({ argv: [python, '-c', code], env })).stdout.trim();

/** An environment that someone made, with a distribution `torch` in it, as pip leaves it. */
async function environmentWithTorch(): Promise<string> {
  const outer = join(folder(), 'outer');
  await runner.run({ argv: ['python3', '-m', 'venv', '--without-pip', outer], env });
  const python = join(outer, 'bin/python');
  const packages = await run(python, 'import sysconfig; print(sysconfig.get_paths()["purelib"])');
  mkdirSync(join(packages, 'torch-2.9.1.dist-info'));
  const metadata = 'Metadata-Version: 2.1\nName: torch\nVersion: 2.9.1+cpu\n';
  writeFileSync(join(packages, 'torch-2.9.1.dist-info/METADATA'), metadata);
  writeFileSync(join(packages, 'torch.py'), 'answer = 42\n');
  return python;
}

describe('an environment made with the interpreter of another one', () => {
  const code = 'import torch, importlib.metadata as m; print(torch.answer, m.version("torch"))';
  const make = (python: string, systemSitePackages: boolean) =>
    makeChildEnvironment({
      ...{ python, systemSitePackages, runner, env },
      folder: join(folder(), 'child'),
      withoutPip: true,
    });

  it('sees the packages of that one, and their versions', async () => {
    const child = await make(await environmentWithTorch(), true);
    expect(await run(child, code)).toBe('42 2.9.1+cpu');
    expect(await run(child, 'import sys; print(sys.prefix)')).toContain('child');
  });

  it('gets the file itself although that one has a wheel of this version', async () => {
    const outer = await environmentWithTorch();
    const child = await make(outer, true);
    const metadata = 'Metadata-Version: 2.1\nName: torch\nVersion: 2.9.1+cpu\n';
    const wheel = await makeWheel({
      ...{ folder: folder(), name: 'torch', version: '2.9.1+cpu', metadata, modules: [] },
      tag: 'py3-none-any',
      files: { 'torch.py': 'answer = 43\n' },
    });
    const pip: [string, ...string[]] = ['python3', '-m', 'pip', '--python', child, 'install'];
    await runner.run({ argv: [...pip, '--quiet', ...THE_FILE_ITSELF, wheel], env });
    expect(await run(child, code)).toBe('43 2.9.1+cpu');
    expect(await run(outer, code)).toBe('42 2.9.1+cpu');
  });

  it('sees nothing where it is not to', async () => {
    const child = await make(await environmentWithTorch(), false);
    await expect(run(child, code)).rejects.toThrow("No module named 'torch'");
  });
});
