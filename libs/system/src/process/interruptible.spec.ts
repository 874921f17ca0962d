import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { TYPESCRIPT } from '@vllm-cpu/testing/typescript';

jest.setTimeout(60_000);

/** What a program said and how it ended that got one signal after the other, `apart` milliseconds between. */
async function interrupted(signals: readonly NodeJS.Signals[], apart: number, tidying: number) {
  const script = join(import.meta.dirname, '../../../testing/src/machine/interruptible-program.ts');
  const words = [...TYPESCRIPT, script, String(tidying)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  );
  while (!said.includes('working')) await setTimeout(20);
  for (const signal of signals) {
    child.kill(signal);
    await setTimeout(apart);
  }
  return { ended: await ended, said };
}

describe('an interruptible action', () => {
  it('tidies up after Ctrl-C, which Nx passes on a second time', async () => {
    const { ended, said } = await interrupted(['SIGINT', 'SIGTERM'], 100, 400);
    expect(said).toBe('working\ntidied up\n');
    expect(ended).toBe(0);
  });

  it('ends at once by an interruption later on', async () => {
    const { ended, said } = await interrupted(['SIGINT', 'SIGINT'], 1_500, 30_000);
    expect(said).toBe('working\n');
    expect(ended).toBe('SIGINT');
  });
});
