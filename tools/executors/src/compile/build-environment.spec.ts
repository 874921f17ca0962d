import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { fakeRunner } from '../testing/tripwire.ts';
import { temporaryFolders } from '../testing/temporary-folder.ts';
import { ensureBuildEnvironment, installedRequirements } from './build-environment.ts';
import type { EnvironmentRequest } from './build-environment.ts';

const REQUIREMENTS = `# Upstream's
cmake>=3.26.1
ninja
packaging>=24.2
setuptools>=77.0.3,<81.0.0
torch==2.9.1+cpu; platform_machine == "x86_64"
torch==2.9.0; platform_machine == "ppc64le"
wheel
`;

describe('the build environment', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });

  const request = (more: Partial<EnvironmentRequest> = {}): EnvironmentRequest => ({
    given: undefined,
    base: { path: '/usr/bin/python3', version: '3.11.7', packages: {} },
    requirementsText: REQUIREMENTS,
    torch: '2.9.1',
    platform: 'linux-x86_64',
    environments: join(root, 'environments'),
    locks: join(root, 'locks'),
    env: { PATH: '' },
    report: () => undefined,
    ...more,
  });

  /** Answers for an interpreter that has `packages`, and makes environments when told to. */
  function python(packages: Record<string, string>, fail?: { on: string; stderr: string }) {
    return fakeRunner(({ argv }) => {
      if (argv.includes('-I')) return { stdout: JSON.stringify({ version: '3.11.7', packages }) };
      if (fail && argv.includes(fail.on)) return { exitCode: 1, stderr: fail.stderr };
      if (argv.includes('venv')) mkdirSync(argv.at(-1) ?? '', { recursive: true });
      return {};
    });
  }

  it('of a given interpreter names everything that it lacks in one message', async () => {
    const given = { path: '/opt/py/bin/python3', version: '3.11.7', packages: {} };
    const runner = python({ packaging: '24.2', setuptools: '80.0' });
    await expect(ensureBuildEnvironment(runner, request({ given }))).rejects.toMatchObject({
      code: 'BUILD_TOOLS_MISSING',
      what: '/opt/py/bin/python3 lacks cmake, ninja, torch, wheel',
      next: '/opt/py/bin/python3 -m pip install cmake ninja torch wheel',
    });
  });

  it('of a given interpreter accepts cmake and ninja as programs on PATH', async () => {
    const programs = folder();
    for (const name of ['cmake', 'ninja']) {
      writeFileSync(join(programs, name), '');
      chmodSync(join(programs, name), 0o755);
    }
    const given = { path: '/opt/py/bin/python3', version: '3.11.7', packages: {} };
    const packages = { packaging: '24', setuptools: '80', torch: '2.6.0+debian', wheel: '0.45' };
    const runner = python(packages);
    const made = await ensureBuildEnvironment(runner, request({ given, env: { PATH: programs } }));
    expect(made.packages['torch']).toBe('2.6.0+debian');
    expect(existsSync(join(root, 'environments'))).toBe(false);
  });

  it('is made by venv and pip where there is no uv', async () => {
    const runner = python({});
    const made = await ensureBuildEnvironment(runner, request());
    const [venv, install] = runner.commands.map((command) => command.argv);
    expect(venv?.slice(0, 3)).toEqual(['/usr/bin/python3', '-m', 'venv']);
    expect(install?.slice(0, 4)).toEqual([made.path, '-m', 'pip', 'install']);
  });

  it('is made by uv when that is on PATH', async () => {
    const programs = folder();
    const uv = join(programs, 'uv');
    writeFileSync(uv, '');
    chmodSync(uv, 0o755);
    const runner = python({});
    await ensureBuildEnvironment(runner, request({ env: { PATH: programs } }));
    const [venv, install] = runner.commands.map((command) => command.argv);
    expect(venv?.slice(0, 4)).toEqual([uv, 'venv', '--python', '/usr/bin/python3']);
    expect(install?.slice(0, 3)).toEqual([uv, 'pip', 'install']);
  });

  it('is made once, and again for other requirements', async () => {
    const first = python({});
    const { path } = await ensureBuildEnvironment(first, request());
    const second = python({});
    expect((await ensureBuildEnvironment(second, request())).path).toBe(path);
    expect(second.commands.every(({ argv }) => argv.includes('-I'))).toBe(true);
    const other = request({ requirementsText: `${REQUIREMENTS}jinja2\n` });
    expect((await ensureBuildEnvironment(python({}), other)).path).not.toBe(path);
  });

  it('that a killed run left half made is made anew', async () => {
    const { path } = await ensureBuildEnvironment(python({}), request());
    const made = dirname(dirname(path));
    const stale = join(made, 'half');
    writeFileSync(stale, '');
    // It is written last.
    rmSync(join(made, 'complete'));
    await ensureBuildEnvironment(python({}), request());
    expect(existsSync(stale)).toBe(false);
    expect(existsSync(join(made, 'complete'))).toBe(true);
  });

  it('that could not be made leaves no environment and says what pip said', async () => {
    const runner = python({}, { on: 'install', stderr: 'ERROR: No matching distribution: ninja' });
    await expect(ensureBuildEnvironment(runner, request())).rejects.toMatchObject({
      code: 'BUILD_ENVIRONMENT_FAILED',
      why: expect.stringContaining('No matching distribution: ninja'),
    });
    const left = readdirSync(join(root, 'environments'), { withFileTypes: true });
    expect(left.filter((entry) => entry.isDirectory())).toEqual([]);
  });

  it('takes the CPU build of the pinned torch from its own index, once', () => {
    const text = installedRequirements(request());
    expect(text).toContain('--extra-index-url https://download.pytorch.org/whl/cpu\n');
    expect(text.match(/^torch.*$/gm)).toEqual(['torch==2.9.1+cpu']);
    expect(text).toContain('setuptools>=77.0.3,<81.0.0\n');
  });

  it('takes torch without a label on aarch64', () => {
    const arm = request({
      platform: 'linux-aarch64',
      requirementsText: REQUIREMENTS.replace('ppc64le', 'aarch64'),
    });
    expect(installedRequirements(arm)).toMatch(/^torch==2\.9\.1$/m);
  });

  it('has no torch where upstream asks for none', () => {
    const text = installedRequirements(request({ requirementsText: 'cmake\nwheel\n' }));
    expect(text).toBe('cmake\nwheel\n');
  });
});
