import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { parseLock } from '@vllm-cpu/python/lock-file';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { ensureBuildEnvironment, torchOf } from './build-environment.ts';
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
const HASH = `--hash=sha256:${'ab'.repeat(32)}`;
const LOCK = `
cmake==4.2.1 ${HASH}
filelock==3.20.3 ${HASH}
ninja==1.13.0 ${HASH}
packaging==25.0 ${HASH}
setuptools==80.9.0 ; python_full_version >= '3.10' ${HASH}
setuptools==75.3.0 ; python_full_version < '3.10' ${HASH}
wheel==0.45.1 ; platform_machine == 'x86_64' ${HASH}
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
    releaseName: '0.12.0',
    lock: parseLock(LOCK, 'the lock'),
    torch: { version: '2.9.1', hashes: null },
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

  /** What is written to each requirements file when `action` installs from it. */
  async function installed(
    action: (runner: ReturnType<typeof python>) => Promise<unknown>,
  ): Promise<string[]> {
    const lists: string[] = [];
    const inner = python({});
    const runner = fakeRunner((command) => {
      const list = command.argv[command.argv.indexOf('-r') + 1];
      if (command.argv.includes('-r') && list) lists.push(readFileSync(list, 'utf8'));
      void inner.try(command);
      return command.argv.includes('-I')
        ? { stdout: JSON.stringify({ version: '3.11.7', packages: {} }) }
        : {};
    });
    await action(runner);
    return lists;
  }

  it('is made by venv and pip where there is no uv, from files with the locked digests only', async () => {
    const runner = python({});
    const made = await ensureBuildEnvironment(runner, request());
    const [venv, install] = runner.commands.map((command) => command.argv);
    expect(venv?.slice(0, 3)).toEqual(['/usr/bin/python3', '-m', 'venv']);
    expect(install?.slice(0, 4)).toEqual([made.path, '-m', 'pip', 'install']);
    expect(install).toContain('--require-hashes');
    expect(install?.join(' ')).toContain('--only-binary :all:');
  });

  it('is made by uv when that is on PATH, from files with the locked digests only', async () => {
    const programs = folder();
    const uv = join(programs, 'uv');
    writeFileSync(uv, '');
    chmodSync(uv, 0o755);
    const runner = python({});
    await ensureBuildEnvironment(runner, request({ env: { PATH: programs } }));
    const [venv, install] = runner.commands.map((command) => command.argv);
    expect(venv?.slice(0, 4)).toEqual([uv, 'venv', '--python', '/usr/bin/python3']);
    expect(install?.slice(0, 3)).toEqual([uv, 'pip', 'install']);
    expect(install).toContain('--require-hashes');
  });

  it('has the lock’s packages for this platform and Python, then torch from its own index', async () => {
    const [locked, torch] = await installed((runner) => ensureBuildEnvironment(runner, request()));
    const packages = locked?.match(/^\S+==\S+/gm);
    expect(packages).toEqual([
      ...['cmake==4.2.1', 'filelock==3.20.3', 'ninja==1.13.0', 'packaging==25.0'],
      ...['setuptools==80.9.0', 'wheel==0.45.1'],
    ]);
    expect(torch).toBe(
      '--extra-index-url https://download.pytorch.org/whl/cpu\ntorch==2.9.1+cpu\n',
    );
  });

  it('is made once, and again for another lock or another torch', async () => {
    const first = python({});
    const { path } = await ensureBuildEnvironment(first, request());
    const second = python({});
    expect((await ensureBuildEnvironment(second, request())).path).toBe(path);
    expect(second.commands.every(({ argv }) => argv.includes('-I'))).toBe(true);
    const lock = parseLock(LOCK.replace('4.2.1', '4.2.3'), 'the lock');
    const torch = { version: '2.9.0', hashes: null };
    for (const other of [request({ lock }), request({ torch })]) {
      expect((await ensureBuildEnvironment(python({}), other)).path).not.toBe(path);
    }
  });

  it.each([
    ['the Python', { base: { path: '/usr/bin/python3', version: '3.9.2', packages: {} } }],
    ['the platform', { platform: 'linux-aarch64' as const }],
    ['the requirements', { requirementsText: `${REQUIREMENTS}jinja2>=3.1\n` }],
  ])('is refused where the lock lacks %s, and nothing is made', async (_, more) => {
    const runner = python({});
    await expect(ensureBuildEnvironment(runner, request(more))).rejects.toMatchObject({
      code: 'LOCK_INCOMPLETE',
      what: expect.stringMatching(
        /0\.12\.0\.lock\.txt has no (setuptools>=77\.0\.3,<81\.0\.0|wheel|jinja2>=3\.1) for linux-/,
      ),
      next: expect.stringContaining('upstream:relock --releases=0.12.0'),
    });
    expect(runner.commands).toEqual([]);
    expect(existsSync(join(root, 'environments'))).toBe(false);
  });

  it('is refused where the pin has no lock', async () => {
    const without = request({ lock: undefined });
    await expect(ensureBuildEnvironment(python({}), without)).rejects.toMatchObject({
      code: 'LOCK_MISSING',
      what: 'packages/upstream/releases/0.12.0.lock.txt not found',
    });
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

  it.each([
    ['BUILD_ENVIRONMENT_FAILED', 'ERROR: Could not connect to the index'],
    ['LOCKED_VERSION_GONE', 'ERROR: No matching distribution found for ninja==1.13.0'],
    ['LOCKED_VERSION_GONE', 'Because there is no version of ninja==1.13.0 and you require'],
    ['LOCK_HASH_MISMATCH', 'THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE'],
    ['LOCK_HASH_MISMATCH', 'error: Failed to read `ninja`\n cause: Hash mismatch for `ninja`'],
    [
      'LOCK_INCOMPLETE',
      'In --require-hashes mode, all requirements must have their versions pinned',
    ],
    ['LOCK_INCOMPLETE', 'no trusted hash was provided for: `tomli`'],
  ])('that could not be made leaves nothing and says %s for: %s', async (code, stderr) => {
    const runner = python({}, { on: 'install', stderr });
    await expect(ensureBuildEnvironment(runner, request())).rejects.toMatchObject({
      code,
      why: expect.stringContaining(stderr),
    });
    expect(readdirSync(join(root, 'environments'))).toEqual([]);
  });

  it('checks the digests of torch where they are known', async () => {
    const torch = { version: '2.9.1', hashes: ['cd'.repeat(32)] };
    const runner = python({});
    await ensureBuildEnvironment(runner, request({ torch }));
    const last = runner.commands.filter(({ argv }) => argv.includes('install')).at(-1);
    expect(last?.argv).toContain('--require-hashes');
    expect(last?.argv).toContain('--no-deps');
  });

  it('takes torch without a label on aarch64, and none where upstream asks for none', () => {
    const torch = { version: '2.9.1', hashes: null };
    const platform = 'linux-aarch64' as const;
    const requirementsText = 'cmake\ntorch==2.9.1; platform_machine == "aarch64"\n';
    expect(torchOf({ torch, platform, requirementsText })?.version).toBe('2.9.1');
    expect(torchOf({ torch, platform, requirementsText: 'cmake\nwheel\n' })).toBeUndefined();
  });
});
