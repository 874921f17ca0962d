import { symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { isGitUrl, readSettings } from './settings.ts';

describe('the machine settings', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });
  const dotEnv = (text: string) => writeFileSync(join(root, '.env'), text);

  it('have a workspace in the repository unless told otherwise', () => {
    expect(readSettings(root, {})).toMatchObject({
      workspace: join(root, '.workspace'),
      upstream: undefined,
      python: undefined,
    });
  });

  it('are read from .env, and the environment wins', () => {
    dotEnv('VLLM_CPU_WORKSPACE=/from/file\nVLLM_CPU_MAX_JOBS="3"\n');
    const settings = readSettings(root, { VLLM_CPU_WORKSPACE: '/from/environment' });
    expect(settings).toMatchObject({ workspace: '/from/environment', maxJobs: 3 });
  });

  it('take a relative path from the repository and ~ from the home directory', () => {
    const settings = readSettings(root, {
      VLLM_CPU_WORKSPACE: '../work',
      VLLM_CPU_UPSTREAM: '~/vllm',
    });
    expect(settings.workspace).toBe(join(root, '../work'));
    expect(settings.upstream).toBe(join(homedir(), 'vllm'));
  });

  it.each([
    'https://github.com/vllm-project/vllm.git',
    'ssh://git@example.org/vllm.git',
    'git@example.org:vllm/vllm.git',
    'file:///mirrors/vllm.git',
  ])('leave the git URL %s as it is', (url) => {
    expect(readSettings(root, { VLLM_CPU_UPSTREAM: url }).upstream).toBe(url);
    expect(isGitUrl(url)).toBe(true);
  });

  it('count an empty variable as not set', () => {
    dotEnv('VLLM_CPU_PYTHON=\nVLLM_CPU_ONEDNN= \nVLLM_CPU_MAX_JOBS=\n');
    expect(readSettings(root, {})).toMatchObject({
      python: undefined,
      oneDnn: undefined,
      maxJobs: undefined,
    });
  });

  it('let an empty variable of the environment switch off one of .env', () => {
    dotEnv('VLLM_CPU_UPSTREAM=/mirror\n');
    expect(readSettings(root, { VLLM_CPU_UPSTREAM: '' }).upstream).toBeUndefined();
  });

  it('refuse an interpreter that does not exist', () => {
    expect(() => readSettings(root, { VLLM_CPU_PYTHON: '/nonexistent/python' })).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        what: 'VLLM_CPU_PYTHON is set to /nonexistent/python, which does not exist',
      }),
    );
  });

  it('keep the link of an interpreter, because a virtual environment is known by it', () => {
    symlinkSync('/bin/sh', join(root, 'python'));
    expect(readSettings(root, { VLLM_CPU_PYTHON: 'python' }).python).toBe(join(root, 'python'));
  });

  it.each(['0', '-1', 'x', '1.5', '1e3', '100000'])('refuse %s jobs', (value) => {
    expect(() => readSettings(root, { VLLM_CPU_MAX_JOBS: value })).toThrow(
      expect.objectContaining({
        code: 'SETTING_INVALID',
        what: `VLLM_CPU_MAX_JOBS is ${JSON.stringify(value)}`,
      }),
    );
  });

  it('list the search paths of a library in a home directory', () => {
    const settings = readSettings(root, { C_INCLUDE_PATH: '/a:/b:', LIBRARY_PATH: '/c' });
    expect(settings).toMatchObject({ includePath: ['/a', '/b'], libraryPath: ['/c'] });
  });
});
