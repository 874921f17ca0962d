import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Command } from '@vllm-cpu/system/run';
import { readSettings } from '@vllm-cpu/system/settings';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { buildInContainer } from './build-in-container.ts';
import type { ContainerRequest } from './build-in-container.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const ADDRESS = 'https://user:s3cret-token@git.example.com/a%20b/vllm.git';

describe('a build in a container', () => {
  const folder = temporaryFolders();

  it('gets addresses as a file, because one may have a login: in no command, no layer and no log', async () => {
    const root = folder();
    const request: ContainerRequest = {
      ...{ root, output: join(root, 'out'), scratch: join(root, 'task'), log: join(root, 'log') },
      ...{
        engine: { name: 'buildah', program: '/usr/bin/buildah' },
        engineWords: [],
        settings: {},
      },
      ...{ variant: 'avx512', releaseName: '0.12.0', platform: 'linux/amd64', native: true },
      ...{ baseImage: 'base:1', images: '/images', pip: undefined, npmrc: undefined },
      sources: { VLLM_CPU_UPSTREAM: ADDRESS },
    };
    let inside = '';
    let mode = 0;
    const runner = fakeRunner(({ argv }: Command) => {
      if (argv[0] === 'git') return {};
      const [, file = ''] = /id=sources,src=(\S+)/.exec(argv.join(' ')) ?? [];
      inside = readFileSync(file, 'utf8');
      mode = statSync(file).mode & 0o777;
      return { exitCode: 1, stderr: 'stopped here' };
    });
    const env = { PATH: '/usr/bin' };
    const failure: unknown = await buildInContainer(request, {
      ...{ runner, env, print: () => undefined },
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'IMAGE_COMMAND_FAILED' });
    const said = failure instanceof VllmCpuError ? `${failure.what} ${failure.why}` : '';
    expect(`${said} ${JSON.stringify(runner.commands)}`).not.toContain('s3cret-token');
    expect(mode.toString(8)).toBe('600');
    const text = readFileSync(join(ROOT, 'packages/images/Dockerfile.build'), 'utf8');
    expect(text).toContain('--mount=type=secret,id=sources,target=/src/.env');
    expect(text).not.toMatch(/^ARG VLLM_CPU_(UPSTREAM|ONEDNN)/m);
    const repository = folder();
    writeFileSync(join(repository, '.env'), inside);
    expect(readSettings(repository, {}).upstream).toBe(ADDRESS);
  });
});
