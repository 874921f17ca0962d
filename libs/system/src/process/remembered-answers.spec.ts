import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rememberingRunner } from './remembered-answers.ts';
import { createRunner } from './run.ts';
import type { Command } from './run.ts';

/** Longer than the time in which a file's state does not tell a change. */
const OLD_ENOUGH_MS = 2_100;

const PYENV_FILES = ['version', 'versions/3.12.1', '../.python-version'];

const base = realpathSync(mkdtempSync(join(tmpdir(), 'vllm-cpu-answers-')));
/** A compiled program that was there before. */
const program = join(base, 'tool');
let answers = '';
let started: string[] = [];

beforeAll(async () => {
  copyFileSync('/usr/bin/env', program);
  for (const name of ['cache', 'changing']) copyFileSync('/usr/bin/env', join(base, name));
  symlinkSync('cache', join(base, 'gcc'));
  script(join(base, 'script'));
  PYENV_FILES.forEach((_, home) => script(shimIn(home)));
  await setTimeout(OLD_ENOUGH_MS);
});
beforeEach(() => {
  answers = join(mkdtempSync(join(base, 'workspace-')), 'answers.json');
  started = [];
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const shimIn = (home: number) => join(base, `home-${home}/.pyenv/shims/python3`);

function script(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '#!/bin/sh\necho 3.11.9\n');
  chmodSync(path, 0o755);
}

/** As a new process would have it. */
function runner() {
  const real = createRunner();
  const counted = (command: Command) => {
    started.push(command.argv[0]);
    return real.run(command);
  };
  return rememberingRunner({ try: counted, run: counted }, answers);
}

function asked(program: string, env: Record<string, string> = {}): Command {
  return { argv: [program, '--version'], env: { PATH: '/usr/bin:/bin', ...env }, about: 'program' };
}

describe('what a program says of itself', () => {
  it('is asked for once while the program stays as it is', async () => {
    const first = await runner().run(asked(program));
    expect(await runner().run(asked(program))).toEqual(first);
    expect(started).toEqual([program]);
  });

  it('is asked for again when the program has changed', async () => {
    await runner().run(asked(join(base, 'changing')));
    utimesSync(join(base, 'changing'), new Date(), new Date(0));
    await runner().run(asked(join(base, 'changing')));
    expect(started).toHaveLength(2);
  });

  it('is asked for in each environment, and whenever a command is not about the program', async () => {
    await runner().run(asked(program));
    await runner().run(asked(program, { LC_ALL: 'C' }));
    const { argv, env } = asked(program);
    await runner().run({ argv, env });
    expect(started).toHaveLength(3);
  });

  it('is asked for again where another may answer: a script, or a link as ccache has them', async () => {
    for (const name of ['gcc', 'gcc', 'script', 'script']) {
      await runner().run(asked(join(base, name)));
    }
    expect(started).toHaveLength(4);
  });

  it('is asked for again after a failure', async () => {
    const wrong: Command = { ...asked(program), argv: [program, '--nonsense'] };
    await expect(runner().run(wrong)).rejects.toMatchObject({ code: 'PROGRAM_FAILED' });
    await expect(runner().run(wrong)).rejects.toMatchObject({ code: 'PROGRAM_FAILED' });
    expect(started).toHaveLength(2);
  });

  it.each(PYENV_FILES)('is asked for again through pyenv when %s appears', async (name) => {
    const home = PYENV_FILES.indexOf(name);
    const env = { HOME: join(base, `home-${home}`) };
    const before = process.cwd();
    process.chdir(env.HOME);
    try {
      await runner().run(asked(shimIn(home), env));
      await runner().run(asked(shimIn(home), env));
      expect(started).toHaveLength(1);
      mkdirSync(dirname(join(env.HOME, '.pyenv', name)), { recursive: true });
      writeFileSync(join(env.HOME, '.pyenv', name), '3.12.1\n');
      await runner().run(asked(shimIn(home), env));
      expect(started).toHaveLength(2);
    } finally {
      process.chdir(before);
    }
  });
});
