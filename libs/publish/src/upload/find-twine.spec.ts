import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { makePureWheel } from '@vllm-cpu/testing/pure-wheel';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { checkTwineVersion, findTwine } from './find-twine.ts';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { twineArguments } from './twine-upload.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);

describe('twine', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let newer: PublishableWheel;
  let older: PublishableWheel;
  beforeAll(async () => {
    folder = await scratchFolder('twine');
    const wheel = { project: 'vllm-cpu', version: '0.12.0' };
    newer = await readPublishableWheel(await makePureWheel(join(folder.path, 'a'), wheel));
    const old = { ...wheel, metadataVersion: '2.1' };
    older = await readPublishableWheel(await makePureWheel(join(folder.path, 'b'), old));
  });
  afterAll(() => folder.remove());
  /** A machine where only `python` can import twine. */
  const machine = (python: string, version: string) =>
    fakeRunner(({ argv }) =>
      argv[0] === python ? { stdout: `${version}\n` } : { exitCode: 1, stderr: 'No module' },
    );
  const find = (runner: ReturnType<typeof fakeRunner>, path = '/nonexistent') =>
    findTwine({ runner, python: 'python3', env: { PATH: path } });

  const tasks = (...wheels: PublishableWheel[]) =>
    wheels.map((wheel) => ({ wheel, trustedPublishing: false }));

  it.each(['4.0.2', '5.1.1', '6.0.1'])(
    '%s is too old for Metadata-Version 2.4',
    async (version) => {
      const twine = await find(machine('python3', version));
      expect(() => checkTwineVersion(twine, tasks(older, newer))).toThrow(
        expect.objectContaining({
          code: 'TWINE_TOO_OLD',
          next: expect.stringContaining("python3 -m pip install --upgrade 'twine>=6.1'"),
        }),
      );
      expect(() => checkTwineVersion(twine, tasks(older))).not.toThrow();
    },
  );

  it.each(['6.1.0', '6.2.0', '7.0.0', '10.0'])('%s is new enough', async (version) => {
    const twine = await find(machine('python3', version));
    expect(() => checkTwineVersion(twine, tasks(newer))).not.toThrow();
  });

  it('before 6.1 has no trusted publishing', async () => {
    const twine = await find(machine('python3', '6.0.1'));
    const task = { wheel: older, trustedPublishing: true };
    expect(() => checkTwineVersion(twine, [task])).toThrow(
      expect.objectContaining({
        code: 'TWINE_TOO_OLD',
        why: expect.stringContaining('trusted publishing'),
      }),
    );
  });

  it('is missing with the command that installs it', async () => {
    await expect(find(machine('none', ''))).rejects.toMatchObject({
      code: 'TWINE_MISSING',
      next: expect.stringContaining('pip install'),
    });
  });

  it('is found behind a script on PATH, as pipx and uv install it', async () => {
    const bin = join(folder.path, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'twine'), '#!/opt/tools/twine/bin/python\nimport sys\n');
    const twine = await find(machine('/opt/tools/twine/bin/python', '6.2.0'), bin);
    expect(twine).toMatchObject({ python: '/opt/tools/twine/bin/python', version: '6.2.0' });
  });

  it('gets neither a user nor a password as a word, and never asks', () => {
    const repository = {
      name: 'company',
      uploadUrl: 'https://index.example.com/',
      configFile: '/home/anna/.pypirc',
      hasCredentials: true,
    };
    expect(twineArguments('/dist/a.whl', repository).slice(1)).toEqual([
      'upload',
      '--non-interactive',
      '--disable-progress-bar',
      '--config-file',
      '/home/anna/.pypirc',
      '--repository',
      'company',
      '/dist/a.whl',
    ]);
    const url = { ...repository, name: undefined, configFile: undefined };
    expect(twineArguments('/dist/a.whl', url).slice(4)).toEqual([
      '--config-file',
      '/dev/null',
      '--repository-url',
      'https://index.example.com/',
      '/dist/a.whl',
    ]);
  });
});
