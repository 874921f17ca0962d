import { describe, expect, it } from '@jest/globals';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import type { Finished } from '@vllm-cpu/system/run';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { registriesOf, requireRegistries } from './registries.ts';
import { copyArgv, inspectArgv, listTagsArgv, openRegistry } from './registry-client.ts';

const [hub, local] = registriesOf('docker.io/team/vllm-cpu, 127.0.0.1:5000/vllm-cpu');
if (!hub || !local) throw new Error('two registries');

describe('the commands of skopeo', () => {
  it('insist on certificates, except from this machine', () => {
    expect(listTagsArgv(hub)).toEqual(['skopeo', 'list-tags', 'docker://docker.io/team/vllm-cpu']);
    expect(inspectArgv(local, ':latest')).toEqual([
      ...['skopeo', 'inspect', '--raw', '--tls-verify=false'],
      'docker://127.0.0.1:5000/vllm-cpu:latest',
    ]);
  });

  it('keep every digest, and push a list without what it names', () => {
    expect(copyArgv('/images/a', hub, '@sha256:ab', 'image')).toEqual([
      ...['skopeo', 'copy', '--preserve-digests', 'dir:/images/a'],
      'docker://docker.io/team/vllm-cpu@sha256:ab',
    ]);
    expect(copyArgv('/list', local, ':0.12.0', 'list')).toEqual([
      ...['skopeo', 'copy', '--preserve-digests', '--multi-arch=index-only'],
      ...['--dest-tls-verify=false', 'dir:/list', 'docker://127.0.0.1:5000/vllm-cpu:0.12.0'],
    ]);
  });
});

describe('a registry', () => {
  const said: string[] = [];
  const pauses: number[] = [];
  const retries = {
    ...DEFAULT_RETRIES,
    attempts: 3,
    pause: async (milliseconds: number) => void pauses.push(milliseconds),
  };
  const client = (...answers: Partial<Finished>[]) => {
    const runner = fakeRunner(() => answers.shift());
    const print = (line: string) => void said.push(line);
    return { runner, ...openRegistry(hub, { runner, env: {}, print }, retries) };
  };
  const fatal = (text: string) => ({ exitCode: 1, stderr: `time="now" level=fatal msg="${text}"` });

  it('has no tags where the repository is not there yet, and no manifest under a free tag', async () => {
    const missing = client(fatal('fetching tags list: invalid status code from registry 404'));
    expect(await missing.tags()).toEqual([]);
    const free = client(fatal('reading manifest x in team/vllm-cpu: manifest unknown'));
    expect(await free.manifest(':x')).toBeUndefined();
  });

  // A proxy's page, a list of another kind: the other registries are still completed.
  it.each(['<html>Sign in</html>', '{"errors": []}', '[]'])(
    'is refused where it answers %s',
    async (stdout) => {
      const unusable = {
        code: 'REGISTRY_FAILED',
        what: 'docker.io/team/vllm-cpu: unusable response',
      };
      await expect(client({ stdout }).tags()).rejects.toMatchObject(unusable);
      if (stdout.startsWith('{')) return;
      await expect(client({ stdout }).manifest(':latest')).rejects.toMatchObject(unusable);
    },
  );

  it('may have images of others, whose list names no platforms', async () => {
    const entry = { mediaType: 'x', digest: 'sha256:ab', size: 1 };
    const list = client({ stdout: JSON.stringify({ manifests: [entry] }) });
    expect(await list.manifest(':latest')).toMatchObject({ images: undefined });
    expect(await client({ stdout: '{"Tags":null}' }).tags()).toEqual([]);
  });

  it('is asked again where that may help, with pauses that grow', async () => {
    const busy = fatal('pinging container registry: connection refused');
    const asked = client(busy, fatal('received unexpected HTTP status: 503'), {
      stdout: '{"Tags":["latest"]}',
    });
    expect(await asked.tags()).toEqual(['latest']);
    expect(pauses).toEqual([1_000, 2_000]);
    expect(said[0]).toMatch(/no response: .*; try 2 of 3/);
  });

  it.each([
    'writing blob: Patch https://x: http2: server sent GOAWAY and closed the connection',
    'writing blob: stream error: stream ID 5; INTERNAL_ERROR; received from peer',
    'happened during read: use of closed network connection',
  ])('is asked again where a big upload broke off: %s', async (reason) => {
    const asked = client(fatal(reason), {});
    await asked.copy('/images/a', ':x', 'image');
    expect(asked.runner.commands).toHaveLength(2);
  });

  it('is given up after the last try, with skopeo’s reason', async () => {
    const down = client(...Array.from({ length: 3 }, () => fatal('dial tcp: i/o timeout')));
    await expect(down.copy('/images/a', ':x', 'image')).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      why: 'dial tcp: i/o timeout',
    });
    expect(down.runner.commands).toHaveLength(3);
  });

  it('is not asked again where it refuses, and the login is what to look at', async () => {
    const refusing = client(fatal('unauthorized: authentication required'));
    await expect(refusing.tags()).rejects.toMatchObject({
      code: 'REGISTRY_DENIED',
      next: expect.stringContaining('skopeo login docker.io'),
    });
    expect(refusing.runner.commands).toHaveLength(1);
  });
});

describe('the list of registries', () => {
  it('has each once, and knows which are on this machine', () => {
    const list = 'ghcr.io/team/vllm-cpu,localhost:5000/a/b, ghcr.io/team/vllm-cpu ,';
    expect(registriesOf(list)).toEqual([
      { name: 'ghcr.io/team/vllm-cpu', local: false },
      { name: 'localhost:5000/a/b', local: true },
    ]);
  });

  it.each(['https://ghcr.io/team/x', 'ghcr.io/team/x:latest', 'team/vllm-cpu', 'GHCR.io/Team/X'])(
    'refuses %s',
    (name) => {
      expect(() => registriesOf(name)).toThrow(
        expect.objectContaining({ code: 'REGISTRY_NAME_INVALID' }),
      );
    },
  );

  it('is asked for by the forms of Docker Hub and GHCR', () => {
    expect(() => requireRegistries([])).toThrow(
      expect.objectContaining({
        code: 'REGISTRIES_UNKNOWN',
        next: expect.stringMatching(/docker\.io\/<owner>.*ghcr\.io\/<owner>/),
      }),
    );
  });
});
