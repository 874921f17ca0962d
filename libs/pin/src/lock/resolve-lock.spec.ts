import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseRequirements } from '@vllm-cpu/python/requirements-file';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { resolveLock } from './resolve-lock.ts';
import type { LockQuestion } from './resolve-lock.ts';
import { torchHashes } from './torch-hashes.ts';

const HASH = `\\\n    --hash=sha256:${'a'.repeat(64)}`;
const ANSWER = `cmake==4.2.1 ${HASH}
    # via build-environment (pyproject.toml)
nvidia-cublas-cu12==12.8 ${HASH}
    # via torch
nvidia-helper==1.0 ${HASH}
    # via nvidia-cublas-cu12
only-for-triton==1.0 ${HASH}
    # via triton
setuptools==80.9.0 ${HASH}
    # via build-environment (pyproject.toml), torch, triton
sympy==1.14.0 ${HASH}
    # via torch
mpmath==1.3.0 ${HASH}
    # via sympy
torch==2.9.1 ${HASH}
    # via build-environment (pyproject.toml)
triton==3.5.0 ${HASH}
    # via torch
`;

describe('the resolution of a build environment', () => {
  const folder = temporaryFolders();

  const question = (more: Partial<LockQuestion> = {}): LockQuestion => ({
    title: 'vLLM 0.12.0',
    requiresPython: '>=3.10,<3.12',
    asked: parseRequirements('cmake>=3.26\ntorch==2.9.1+cpu; platform_machine == "x86_64"\n'),
    torch: { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.0' },
    floors: ['cmake>=4'],
    excludeNewer: '2026-01-15T00:00:00Z',
    ...more,
  });

  /** uv that answers `answer`, and refuses dry installs whose words match `refused`. */
  function uv(answer: { stdout?: string; stderr?: string; exitCode?: number }, refused?: RegExp) {
    let project = '';
    const runner = fakeRunner(({ argv, cwd }) => {
      if (argv.includes('compile')) {
        const file = join(cwd ?? '', argv.includes('torch.in') ? 'torch.in' : 'pyproject.toml');
        project = readFileSync(file, 'utf8');
        return answer;
      }
      return refused?.test(argv.join(' ')) ? { exitCode: 1, stderr: 'no wheels' } : {};
    });
    const resolver = { runner, uv: '/opt/uv', env: {}, scratch: folder() };
    return { resolver, runner, project: () => project };
  }

  it('has torch’s dependencies, and neither torch nor what is for GPUs', async () => {
    const { resolver } = uv({ stdout: ANSWER });
    const packages = await resolveLock(resolver, question());
    expect(packages.map(({ name }) => name)).toEqual(['cmake', 'setuptools', 'sympy', 'mpmath']);
  });

  it('asks for both platforms, the pin’s torch and floors, as of the day', async () => {
    const { resolver, runner, project } = uv({ stdout: ANSWER });
    await resolveLock(resolver, question());
    expect(project()).toContain(
      `dependencies = ["cmake>=3.26","torch==2.9.1 ; platform_machine == 'x86_64'","torch==2.9.0 ; platform_machine == 'aarch64'"]`,
    );
    expect(project()).toContain('constraint-dependencies = ["cmake>=4"]');
    expect(project()).toMatch(/environments = \[.*'x86_64'.*'aarch64'.*\]/);
    const compile = runner.commands[0]?.argv.join(' ');
    expect(compile).toContain('--python-version 3.10 --exclude-newer 2026-01-15T00:00:00Z');
    expect(compile).toContain('--universal --generate-hashes');
  });

  it('is tried on every platform and Python of the release', async () => {
    const { resolver, runner } = uv({ stdout: ANSWER });
    await resolveLock(resolver, question());
    const tries = runner.commands.filter(({ argv }) => argv.includes('--dry-run'));
    const places = tries.map(
      ({ argv }) => argv.join(' ').match(/3\.\d+ --python-platform \w+/)?.[0],
    );
    expect(places).toEqual([
      '3.10 --python-platform x86_64',
      '3.11 --python-platform x86_64',
      '3.10 --python-platform aarch64',
      '3.11 --python-platform aarch64',
    ]);
  });

  it('is refused where one of them has no file, naming platform and Python', async () => {
    const { resolver } = uv({ stdout: ANSWER }, /3\.11 --python-platform aarch64/);
    await expect(resolveLock(resolver, question())).rejects.toMatchObject({
      code: 'LOCK_UNUSABLE',
      what: 'the build environment of vLLM 0.12.0 cannot be installed on linux-aarch64 with Python 3.11',
      next: expect.stringContaining('environment.floors'),
    });
  });

  it('that uv does not find is refused with what uv said', async () => {
    const { resolver } = uv({ exitCode: 1, stderr: 'No solution found: cmake>=4 and cmake<4' });
    await expect(resolveLock(resolver, question())).rejects.toMatchObject({
      code: 'LOCK_UNRESOLVED',
      why: expect.stringContaining('cmake>=4 and cmake<4'),
    });
  });

  it('verifies torch where its index says digests, and else keeps what was known', async () => {
    const torch = { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.1' };
    const said = uv({ stdout: `torch==2.9.1+cpu ${HASH}\n` });
    const hash = ['a'.repeat(64)];
    const verified = { 'linux-x86_64': hash, 'linux-aarch64': hash };
    expect(await torchHashes(said.resolver, { torch }, undefined)).toEqual(verified);
    const silent = () => uv({ exitCode: 2, stderr: 'not reached' }).resolver;
    expect(await torchHashes(silent(), { torch }, verified)).toEqual(verified);
    expect(await torchHashes(silent(), { torch }, undefined)).toEqual({
      'linux-x86_64': null,
      'linux-aarch64': null,
    });
  });
});
