import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { layImage, runImage } from './test/laid-image.ts';
import { vllmWith } from './test/vllm-with.ts';

const folder = temporaryFolders();
const MODEL = 'org/Some-1B';

describe('the API key', () => {
  const KEY = 'sk-very-secret-0123456789';

  it('goes from its file into the environment of vLLM, and nowhere else', () => {
    const image = layImage(folder(), 'teller');
    const file = join(image.root, 'key');
    writeFileSync(file, `${KEY}\n`);
    const { env, argv, stderr } = vllmWith(image, [MODEL], { VLLM_API_KEY_FILE: file });
    expect(env).toMatchObject({ VLLM_API_KEY: KEY });
    expect(env).not.toHaveProperty('VLLM_API_KEY_FILE');
    expect(`${argv.join(' ')} ${stderr}`).not.toContain(KEY);
  });

  const WRONG: [string, string | null, number, string][] = [
    ['is not there', null, 66, 'KEY_UNREADABLE'],
    ['is empty', ' \n', 65, 'KEY_EMPTY'],
    ['has two lines', 'a\nb\n', 65, 'KEY_NOT_A_LINE'],
  ];
  for (const [what, content, code, name] of WRONG) {
    it(`is refused when its file ${what}`, () => {
      const image = layImage(folder(), 'teller');
      const file = join(image.root, 'key');
      if (content !== null) writeFileSync(file, content);
      const { status, stdout, stderr } = runImage(image, [MODEL], { VLLM_API_KEY_FILE: file });
      expect({ status, stdout }).toEqual({ status: code, stdout: '' });
      expect(stderr).toContain(`error [${name}]`);
    });
  }

  it('is refused when given twice, and missed when not given', () => {
    const image = layImage(folder(), 'teller');
    const twice = { VLLM_API_KEY: KEY, VLLM_API_KEY_FILE: '/x' };
    const { status, stderr } = runImage(image, [MODEL], twice);
    expect({ status, shown: stderr.includes(KEY) }).toEqual({ status: 64, shown: false });
    expect(vllmWith(image, [MODEL]).stderr).toContain('No API key is set');
  });

  it('is made on demand, for this user alone, and kept over a restart', () => {
    const image = layImage(folder(), 'teller');
    mkdirSync(join(image.root, 'tmp'));
    const env = { VLLM_CPU_GENERATE_API_KEY: '1', TMPDIR: join(image.root, 'tmp') };
    const first = vllmWith(image, [MODEL], env);
    const path = /The API key is in (\S+),/.exec(first.stderr)?.[1] ?? '';
    const key = readFileSync(path, 'utf8').trim();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(key).toMatch(/^[\w-]{40,}$/);
    expect(first.env).toMatchObject({ VLLM_API_KEY: key });
    expect(first.stderr).not.toContain(key);
    expect(vllmWith(image, [MODEL], env).env).toMatchObject({ VLLM_API_KEY: key });
  });

  it('is not taken from a file that others can write', () => {
    const image = layImage(folder(), 'teller');
    const file = join(image.root, 'vllm-api-key');
    writeFileSync(file, 'planted', { mode: 0o644 });
    const env = { VLLM_CPU_GENERATE_API_KEY: '1', TMPDIR: image.root };
    const { status, stderr } = runImage(image, [MODEL], env);
    expect({ status, named: stderr.includes('KEY_NOT_WRITTEN') }).toEqual({
      status: 73,
      named: true,
    });
  });
});
