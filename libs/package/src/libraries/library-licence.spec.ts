import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { licenceOf } from './library-licence.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'licence-'));
});
afterAll(() => rm(folder, { recursive: true }));

const asking = (answer: Parameters<typeof fakeRunner>[0], programs: string) => ({
  runner: fakeRunner(answer),
  env: { PATH: programs },
});

/** A directory with a program of this name, to be found and never started. */
async function onPath(name: string): Promise<string> {
  const directory = join(folder, `path-${name}`);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), '#!/bin/false\n', { mode: 0o755 });
  return directory;
}

async function put(path: string, content: string): Promise<string> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
  return join(folder, path);
}

describe('the licence of a library', () => {
  it('comes from the rpm that owns it', async () => {
    const text = await put('usr/share/licenses/numactl-libs/LICENSE.LGPL2.1', 'LGPL');
    const answer = ({ argv }: { argv: readonly string[] }) =>
      argv.includes('-f') ? { stdout: 'numactl-libs 2.0.19-2\n' } : { stdout: `${text}\n` };
    const found = await licenceOf(
      '/usr/lib64/libnuma.so.1.0.0',
      asking(answer, await onPath('rpm')),
    );
    expect(found).toEqual({
      package: {
        name: 'numactl-libs',
        version: '2.0.19-2',
        kind: 'rpm',
        vendor: expect.any(String),
      },
      texts: [{ name: 'LICENSE.LGPL2.1', content: Buffer.from('LGPL') }],
    });
  });

  it('comes from a Debian package that was unpacked under a home directory', async () => {
    const library = await put('home/numa/usr/lib/x86_64-linux-gnu/libnuma.so.1.0.0', '');
    await put('home/numa/usr/share/doc/libnuma1/copyright', 'LGPL 2.1');
    await put('home/numa/usr/share/doc/other/copyright', 'GPL');
    const unowned = asking(() => ({ exitCode: 1 }), await onPath('dpkg-query'));
    const found = await licenceOf(library, unowned);
    expect(found.package).toBeUndefined();
    expect(found.texts.map(({ content }) => content.toString())).toEqual(['LGPL 2.1']);
  });

  it('is asked for by both of its names where /lib is a link to /usr/lib', async () => {
    const context = asking(() => ({ exitCode: 1 }), await onPath('dpkg-query'));
    await expect(licenceOf('/usr/lib/x/libz9.so.1', context)).rejects.toMatchObject({
      code: 'LIBRARY_LICENCE_MISSING',
    });
    expect(context.runner.commands.map(({ argv }) => argv.at(-1))).toEqual([
      '/usr/lib/x/libz9.so.1',
      '/lib/x/libz9.so.1',
    ]);
  });
});
