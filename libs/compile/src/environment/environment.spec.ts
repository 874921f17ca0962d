import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { readSettings } from '@vllm-cpu/system/settings';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { compileEnvironment, installerEnvironment, upstreamEnvironment } from './environment.ts';
import type { BuildEnvironment } from './environment.ts';

const STRAY = `
CXXFLAGS=-march=native
CFLAGS=-march=native
CMAKE_ARGS=-DCMAKE_CXX_FLAGS=-march=native
CPATH=/home/me/include
LDFLAGS=-Wl,-rpath,/home/me
CCACHE_DISABLE=1
CC=clang
CXX=clang++
VLLM_CPU_AVX512BF16=1
VLLM_CPU_DISABLE_AVX512=true
VLLM_VERSION_OVERRIDE=9.9.9
PYTHONPATH=/home/me/site
LD_PRELOAD=/home/me/evil.so
PYPI_TOKEN=pypi-secret
GITHUB_TOKEN=ghp-secret
PIP_INDEX_URL=https://me:pip-secret@example.org/simple
`;

describe('the environment of upstream’s build', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    writeFileSync(join(root, '.env'), STRAY);
  });
  const settings = (env: Record<string, string> = {}) =>
    readSettings(root, { PATH: '/usr/bin:/bin', HOME: '/home/me', ...env });
  const build = (): BuildEnvironment => ({
    programs: '/environment/bin',
    task: '/workspace/tasks/x',
    workspace: '/workspace',
    home: '/workspace/tasks/x/home',
    temporary: '/workspace/tasks/x/tmp',
    version: '0.12.0',
    jobs: 2,
    sourceDateEpoch: 1_764_000_000,
    compileCache: '/workspace/ccache',
    recompile: false,
    oneDnn: undefined,
  });

  it('is an allow-list: neither flags nor tokens of .env or the shell pass', () => {
    const clean = readSettings(folder(), { PATH: '/usr/bin:/bin', HOME: '/home/me' });
    const shell = { CXXFLAGS: '-march=native', NPM_TOKEN: 'npm-secret', MAKEFLAGS: '-j99' };
    expect(upstreamEnvironment(settings(shell), build())).toEqual(
      upstreamEnvironment(clean, build()),
    );
  });

  it('holds no secret and no ISA variable', () => {
    const text = JSON.stringify(upstreamEnvironment(settings(), build()));
    expect(text).not.toMatch(/secret|native|VLLM_CPU_|OVERRIDE/);
  });

  it('names the compilers that are in the key, whatever c++ and the user’s CXX are', () => {
    expect(upstreamEnvironment(settings(), build())).toMatchObject({ CC: 'gcc', CXX: 'g++' });
  });

  it('makes the result independent of place, time, locale and hash seed', () => {
    expect(
      upstreamEnvironment(settings({ TZ: 'Asia/Tokyo', LANG: 'de_DE' }), build()),
    ).toMatchObject({
      SOURCE_DATE_EPOCH: '1764000000',
      PYTHONHASHSEED: '0',
      TZ: 'UTC',
      LC_ALL: 'C.UTF-8',
      HOME: '/workspace/tasks/x/home',
    });
  });

  it('hides from debug symbols where it was compiled, and for which key', async () => {
    const workspace = folder();
    const task = join(workspace, 'tasks/avx512-abcdef');
    mkdirSync(join(task, 'src'), { recursive: true });
    writeFileSync(join(task, 'src/a.cpp'), 'const char *here() { return __FILE__; }\n');
    const flags = upstreamEnvironment(settings(), { ...build(), workspace, task })['CXXFLAGS'];
    const { stdout } = await createRunner().run({
      argv: ['g++', '-g', '-S', '-o', '-', ...(flags ?? '').split(' '), join(task, 'src/a.cpp')],
      cwd: join(task, 'src'),
      env: { PATH: process.env['PATH'] ?? '' },
    });
    expect(stdout).toContain('"/build/src/a.cpp"');
    expect(stdout).not.toMatch(/vllm-cpu-spec|tasks|abcdef/);
  });

  it('shares one compile cache between variants and folders', () => {
    expect(upstreamEnvironment(settings(), build())).toMatchObject({
      CCACHE_DIR: '/workspace/ccache',
      CCACHE_BASEDIR: '/workspace',
      CCACHE_NOHASHDIR: '1',
    });
  });

  it('takes nothing from the compile cache for a further attempt, and replaces what is in it', () => {
    const again = { CCACHE_RECACHE: '1', SCCACHE_RECACHE: '1' };
    expect(upstreamEnvironment(settings(), { ...build(), recompile: true })).toMatchObject(again);
    const first = upstreamEnvironment(settings(), build());
    expect(Object.keys(first).filter((name) => name.endsWith('RECACHE'))).toEqual([]);
  });

  it('has the programs of the build environment first on PATH', () => {
    expect(upstreamEnvironment(settings(), build())['PATH']).toBe('/environment/bin:/usr/bin:/bin');
  });

  it('finds a NUMA library in a home directory, for C++ as well', () => {
    const numa = { C_INCLUDE_PATH: '/home/me/numa/include', LIBRARY_PATH: '/home/me/numa/lib' };
    expect(upstreamEnvironment(settings(numa), build())).toMatchObject({
      ...numa,
      CPLUS_INCLUDE_PATH: '/home/me/numa/include',
    });
  });

  it('gives oneDNN’s sources to cmakes that know a directory and to those that know git', () => {
    const oneDnn = {
      directory: '/sources/onednn',
      repository: '/sources/onednn',
      official: 'https://o',
    };
    expect(upstreamEnvironment(settings(), { ...build(), oneDnn })).toMatchObject({
      FETCHCONTENT_SOURCE_DIR_ONEDNN: '/sources/onednn',
      GIT_CONFIG_KEY_0: 'url.file:///sources/onednn.insteadOf',
      GIT_CONFIG_VALUE_0: 'https://o',
    });
  });

  it('tells pip and uv their index, and tells it to nothing else', () => {
    expect(installerEnvironment(settings())['PIP_INDEX_URL']).toContain('pip-secret');
    expect(Object.keys(compileEnvironment(settings())).sort()).toEqual(['HOME', 'PATH']);
  });
});
