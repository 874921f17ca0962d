import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { gitWith } from '@vllm-cpu/sources/git';
import type { ListedFile } from '@vllm-cpu/sources/sdist';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { listAvailable } from './available-releases.ts';

const folder = temporaryFolders();
const unreachable = gitWith(
  fakeRunner(() => ({ exitCode: 128, stderr: 'fatal: could not resolve host' })),
  {},
);

const listed = (fileName: string, yanked = false): ListedFile => ({
  ...{ fileName, yanked, url: `https://example.org/${fileName}`, sha256: 'a'.repeat(64) },
  ...{ size: undefined, uploadTime: undefined },
});

const ask = (files: readonly ListedFile[] | null, setting?: string, git = unreachable) =>
  listAvailable({
    git,
    sdists: {
      ...{ setting, store: '/nonexistent', report: () => undefined },
      openIndex: () =>
        files
          ? Promise.resolve({
              location: 'https://example.org/simple/',
              project: () => Promise.resolve({ files }),
              download: () => Promise.reject(new Error('nothing is downloaded to list releases')),
            })
          : Promise.reject(new Error('no index either')),
    },
  });

describe("upstream's releases", () => {
  const files = [
    listed('vllm-0.33.0.tar.gz'),
    listed('vllm-0.33.0-cp38-abi3-manylinux_2_34_x86_64.whl'),
    listed('vllm-0.32.0.tar.gz', true),
    listed('vllm-0.34.0rc1.tar.gz'),
  ];

  it('are the source distributions of the index where the official repository is not reached', async () => {
    const { releases, fallback } = await ask(files);
    expect(releases).toEqual([
      {
        ...{ version: '0.33.0', tag: 'v0.33.0', commit: null },
        sdist: { file: 'vllm-0.33.0.tar.gz', sha256: 'a'.repeat(64) },
      },
      expect.objectContaining({ version: '0.34.0rc1' }),
    ]);
    expect(fallback?.code).toBe('UPSTREAM_UNREACHABLE');
  });

  it.each([
    ['the index is not reached either', null],
    ['the index has none', [listed('vllm-0.33.0-py3-none-any.whl')]],
  ])('are unknown, because of the repository, where %s', async (_, given) => {
    await expect(ask(given)).rejects.toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
  });

  it('are not looked for elsewhere where the repository that was set is not reached', async () => {
    await expect(ask(files, 'https://git.example.org/vllm.git')).rejects.toMatchObject({
      code: 'UPSTREAM_UNREACHABLE',
    });
  });

  it('are the archives of a folder that was set, and nothing else is asked', async () => {
    const place = join(folder(), 'archives');
    mkdirSync(place);
    for (const name of ['vllm-0.18.1.tar.gz', 'other-1.0.tar.gz', 'vllm-latest.tar.gz']) {
      writeFileSync(join(place, name), '');
    }
    expect(await ask(null, place)).toEqual({
      releases: [
        {
          ...{ version: '0.18.1', tag: 'v0.18.1', commit: null },
          sdist: { file: 'vllm-0.18.1.tar.gz', sha256: undefined },
        },
      ],
      fallback: undefined,
    });
  });
});
