import { chmodSync, copyFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { missingTools, probeToolchain, toolInputs } from './toolchain.ts';

const TOOLS = ['gcc', 'g++', 'as', 'ld', 'git'];

describe('the toolchain', () => {
  const folder = temporaryFolders();

  /** A directory with a program for each name; all say `version`. */
  function programs(names: readonly string[], version = 'tool 1.0', salt = ''): string {
    const directory = folder();
    for (const name of names) {
      const path = join(directory, name);
      writeFileSync(path, `#!/bin/sh\n# ${salt}\necho "${version}"\necho more\n`);
      chmodSync(path, 0o755);
    }
    return directory;
  }

  it('that lacks several programs is told all of them and the packages, at once', async () => {
    const PATH = programs(['gcc', 'ld']);
    expect(missingTools({ PATH })).toEqual(['g++', 'as', 'git']);
    await expect(probeToolchain(createRunner(), { PATH })).rejects.toMatchObject({
      code: 'TOOLS_MISSING',
      what: 'not found on PATH: g++, as, git',
      next: expect.stringContaining('apt-get install g++ binutils git'),
    });
  });

  it('enters the key by version and content', async () => {
    const inputs = async (PATH: string) =>
      toolInputs(await probeToolchain(createRunner(), { PATH }));
    const before = await inputs(programs(TOOLS));
    expect(before['g++']).toMatch(/^tool 1\.0 sha256:[0-9a-f]{64}$/);
    expect(await inputs(programs(TOOLS, 'tool 2.0'))).not.toEqual(before);
    expect(await inputs(programs(TOOLS, 'tool 1.0', 'patched'))).not.toEqual(before);
  });

  it('enters the key the same wherever it is installed, behind a link or not', async () => {
    const one = programs(TOOLS);
    const other = folder();
    for (const name of TOOLS) {
      if (name === 'git') symlinkSync(join(one, name), join(other, name));
      else copyFileSync(join(one, name), join(other, name));
    }
    const [a, b] = await Promise.all(
      [one, other].map((PATH) => probeToolchain(createRunner(), { PATH })),
    );
    expect(toolInputs(a ?? [])).toEqual(toolInputs(b ?? []));
  });
});
