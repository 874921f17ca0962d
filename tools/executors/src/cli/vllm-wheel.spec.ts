import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { createFixtures } from '@vllm-cpu/testing/compiled-fixture';
import type { Fixtures } from '@vllm-cpu/testing/compiled-fixture';
import { createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { reportSchema } from '@vllm-cpu/report/report';
import { main } from './vllm-wheel.ts';

/** Generous: the machine may be busy. */
jest.setTimeout(60_000);

const temporary = temporaryFolders();
let fixtures: Fixtures;
let plain: string;
let avx512: string;
beforeAll(async () => {
  fixtures = createFixtures();
  plain = await fixtures.compile('plain.so', 'int two(int x) { return 2 * x; }');
  avx512 = await fixtures.compile(
    'wide.so',
    'void wide(float *x) { for (int i = 0; i < 16; i++) x[i] *= 2; }',
    ['-shared', '-fPIC', '-O3', '-mavx512f', '-mprefer-vector-width=512'],
  );
});
afterAll(() => fixtures.remove());

describe('vllm-wheel', () => {
  let stderr: string;
  beforeEach(() => {
    stderr = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  const run = async (...argv: string[]) => {
    let stdout = '';
    const status = await main(argv, (text) => (stdout += text));
    return { status, stdout };
  };

  it.each([[['--help']], [['inspect', '--help']], [['-h']]])(
    'prints its help for %j',
    async (argv) => {
      const { status, stdout } = await run(...argv);
      expect(status).toBe(0);
      expect(stdout).toContain('Usage: vllm-wheel inspect <wheel or .so> [options]');
      expect(stderr).toBe('');
    },
  );

  it('names an option that it does not know, and those that there are', async () => {
    await run('inspect', 'a.whl', '--fast');
    expect(stderr).toMatch(/^error \[USAGE\]: .*Unknown option '--fast'$/m);
    expect(stderr).toContain('why: The options are --variant, --only, --json, --help.\n');
  });

  it.each([
    ['another command', ['verify', 'x.whl']],
    ['nothing', []],
    ['no file', ['inspect']],
    ['two files', ['inspect', 'a.whl', 'b.whl']],
    ['an unknown option', ['inspect', 'a.whl', '--fast']],
    ['an option without its value', ['inspect', 'a.whl', '--variant']],
  ])('exits with 2 for %s, and says what to do', async (_what, argv) => {
    const { status, stdout } = await run(...argv);
    expect(status).toBe(2);
    expect(stderr).toContain('error [USAGE]');
    expect(stderr).toContain('vllm-wheel --help');
    expect(stdout).toBe('');
  });

  it('inspects a bare module, and says the level that it needs', async () => {
    const base = await run('inspect', plain);
    expect(base).toMatchObject({ status: 0, stdout: expect.stringContaining('noavx512') });
    const { status, stdout } = await run('inspect', avx512, '--json');
    expect(status).toBe(0);
    expect(reportSchema.parse(JSON.parse(stdout))).toMatchObject({ level: 'avx512' });
  });

  it('exits with 1 where a module fails as the named variant', async () => {
    const { status, stdout } = await run('inspect', avx512, '--variant=noavx512');
    expect(status).toBe(1);
    expect(stdout).toContain('wide');
  });

  it('exits with 1 for a file that does not exist and a variant that does not', async () => {
    expect((await run('inspect', '/nonexistent.whl')).status).toBe(1);
    expect(stderr).toContain('/nonexistent.whl');
    expect((await run('inspect', plain, '--variant=avx1024')).status).toBe(1);
    expect(stderr).toContain('error [VARIANT_UNKNOWN]');
  });

  const program = join(import.meta.dirname, '../../bin/vllm-wheel.mjs');
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' };

  it('runs as a program, with the same status, from any folder', async () => {
    const at = { env, cwd: fixtures.folder };
    const argv = [process.execPath, program, 'inspect'] as const;
    expect(await createRunner().try({ argv, ...at })).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await createRunner().try({ argv: [...argv, 'plain.so'], ...at })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('plain.so'),
    });
  });

  it('leaves the temporary folder as it was, also what another user put there', async () => {
    const TMPDIR = temporary();
    const theirs = join(TMPDIR, 'theirs');
    mkdirSync(join(theirs, 'inspect.4194999'), { recursive: true });
    symlinkSync(theirs, join(TMPDIR, `vllm-wheel-${process.getuid?.()}`));
    // Node 20 needs swc, which keeps a cache there.
    const listed = () =>
      readdirSync(TMPDIR, { recursive: true }).filter((name) => !/^swc-/.test(String(name)));
    const before = listed();
    const argv = [process.execPath, program, 'inspect', plain] as const;
    const { exitCode } = await createRunner().try({ argv, env: { ...env, TMPDIR } });
    expect(exitCode).toBe(0);
    expect(listed()).toEqual(before);
  });

  it('ends without a word when nobody reads on', async () => {
    const script = '"$0" "$@" | true; exit "${PIPESTATUS[0]}"';
    const argv = ['bash', '-c', script, process.execPath, program, 'inspect', plain] as const;
    expect(await createRunner().try({ argv, env })).toMatchObject({ exitCode: 0, stderr: '' });
  });
});
