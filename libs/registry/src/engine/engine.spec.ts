import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { engineEnvironment, findEngine } from './engine.ts';

describe('the engine', () => {
  const folder = temporaryFolders();
  /** A PATH on which these programs are; `broken` say so when they are asked. */
  const machine = (
    programs: string[],
    broken: RegExp = /^$/,
    help = '--output value  --secret value',
  ) => {
    const path = folder();
    for (const name of programs) {
      writeFileSync(join(path, name), '#!/bin/sh\n');
      chmodSync(join(path, name), 0o755);
    }
    const runner = fakeRunner(({ argv }) =>
      broken.test(argv.join(' ')) ? { exitCode: 1, stderr: 'no daemon\nmore' } : { stdout: help },
    );
    return { path, runner, env: { PATH: path } };
  };

  it('is the first that works', async () => {
    const { path, runner, env } = machine(['buildah', 'podman', 'docker']);
    expect(await findEngine(undefined, runner, env)).toEqual({
      name: 'docker',
      program: join(path, 'docker'),
    });
  });

  it('is not docker where only its client is', async () => {
    const { runner, env } = machine(['buildah', 'docker'], /docker info/);
    expect((await findEngine(undefined, runner, env)).name).toBe('buildah');
  });

  it('is the one that was asked for, and no other in its place', async () => {
    const { runner, env } = machine(['buildah', 'docker'], /docker buildx/);
    expect((await findEngine('buildah', runner, env)).name).toBe('buildah');
    const refused = findEngine('docker', runner, env);
    await expect(refused).rejects.toMatchObject({
      code: 'ENGINE_NOT_USABLE',
      why: 'docker: "buildx version" failed (no daemon).',
    });
  });

  it('is not one that is too old to export files', async () => {
    const { runner, env } = machine(['buildah'], undefined, '--secret value');
    await expect(findEngine('buildah', runner, env)).rejects.toMatchObject({
      why: 'buildah: too old, it does not know --output.',
    });
  });

  it('is refused by its name before anything is started', async () => {
    const { runner, env } = machine(['lxc']);
    await expect(findEngine('lxc', runner, env)).rejects.toMatchObject({
      code: 'ENGINE_UNKNOWN',
      next: expect.stringContaining('--engine=docker, --engine=podman, --engine=buildah'),
    });
    expect(runner.commands).toEqual([]);
  });

  it('where there is none, the reason of each is said', async () => {
    const { runner, env } = machine(['podman'], /podman/);
    await expect(findEngine(undefined, runner, env)).rejects.toMatchObject({
      code: 'ENGINE_NOT_FOUND',
      why: 'docker: not on PATH; podman: "build --help" failed (no daemon); buildah: not on PATH.',
    });
  });

  it('gets logins by file, storage and proxies, and no token', () => {
    const passed = {
      PATH: '/bin',
      REGISTRY_AUTH_FILE: '/run/auth.json',
      STORAGE_DRIVER: 'vfs',
      BUILDAH_ISOLATION: 'chroot',
      https_proxy: 'http://proxy',
    };
    const kept = { PYPI_API_TOKEN: 'secret', GITHUB_TOKEN: 'secret', PIP_INDEX_URL: 'secret' };
    expect(engineEnvironment({ ...passed, ...kept })).toEqual(passed);
  });
});
