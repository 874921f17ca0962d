import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { findInterpreter, probeInterpreter } from './interpreter.ts';

const env = { PATH: process.env['PATH'] ?? '' };

describe('a Python interpreter', () => {
  const folder = temporaryFolders();

  it('says its version and which of the packages it has', async () => {
    const python = await probeInterpreter(createRunner(), env, 'python3', ['no-such-package-here']);
    expect(python.version).toMatch(/^3\.\d+\.\d+/);
    expect(python.packages).toEqual({});
  });

  it('is not asked through the environment of the user: PYTHONPATH does not reach it', async () => {
    const site = folder();
    writeFileSync(join(site, 'json.py'), 'raise SystemExit("shadowed")\n');
    const shadowed = { ...env, PYTHONPATH: site };
    expect((await probeInterpreter(createRunner(), shadowed, 'python3')).version).toMatch(/^3\./);
  });

  it('that is none is refused by name', async () => {
    const fake = join(folder(), 'python3');
    writeFileSync(fake, '#!/bin/sh\necho not a python >&2\nexit 3\n');
    chmodSync(fake, 0o755);
    await expect(probeInterpreter(createRunner(), env, fake)).rejects.toMatchObject({
      code: 'PYTHON_UNUSABLE',
      what: expect.stringContaining(fake),
      why: 'not a python',
    });
  });

  describe('for a release', () => {
    /** PATH with programs of these names, whose versions a fake runner answers. */
    function machine(versions: Record<string, string>) {
      const programs = folder();
      for (const name of Object.keys(versions)) symlinkSync('/bin/true', join(programs, name));
      const runner = fakeRunner(({ argv }) => {
        const version = versions[argv[0].split('/').at(-1) ?? ''];
        return version
          ? { stdout: JSON.stringify({ version, packages: {} }) }
          : { exitCode: 1, stderr: 'broken' };
      });
      const find = (accept: (version: string) => boolean) =>
        findInterpreter(runner, { PATH: programs }, accept, '>=3.10,<3.14');
      return { programs, find };
    }

    it('is the first on PATH whose version the release accepts', async () => {
      const { programs, find } = machine({ python3: '3.14.0', 'python3.12': '3.12.4' });
      const found = await find((version) => version.startsWith('3.12'));
      expect(found.path).toBe(join(programs, 'python3.12'));
    });

    it('is passed over when it is broken', async () => {
      const { find } = machine({ python3: '', 'python3.11': '3.11.7' });
      expect((await find(() => true)).version).toBe('3.11.7');
    });

    it('that does not exist is an error with the range and with what was found', async () => {
      const { find } = machine({ python3: '3.9.2' });
      await expect(find(() => false)).rejects.toMatchObject({
        code: 'PYTHON_NOT_FOUND',
        what: expect.stringContaining('>=3.10,<3.14'),
        why: expect.stringContaining('3.9.2'),
      });
    });
  });
});
