import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { allowedEnv, createRunner } from './run.ts';

const env = { PATH: '/usr/bin:/bin' };
const sh = (script: string): [string, ...string[]] => ['sh', '-c', script];

describe('the runner of real processes', () => {
  const folder = temporaryFolders();
  const runner = createRunner();

  it('gives back both streams and the exit status as they are', async () => {
    expect(await runner.try({ argv: sh('echo out; echo err >&2; exit 3'), env })).toEqual({
      exitCode: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('gives a child nothing but the environment that it is told', async () => {
    process.env['VLLM_CPU_STRAY'] = 'stray';
    const { stdout } = await runner.run({ argv: ['env'], env: { ...env, ONLY: 'this' } });
    delete process.env['VLLM_CPU_STRAY'];
    expect(stdout.trim().split('\n').sort()).toEqual(['ONLY=this', 'PATH=/usr/bin:/bin']);
  });

  it('passes words as they are: there is no shell', async () => {
    const argv: [string, ...string[]] = ['printf', '%s', '$(id); `id` > x & *'];
    expect((await runner.run({ argv, env })).stdout).toBe('$(id); `id` > x & *');
  });

  it('feeds its input and works in the folder that it is told', async () => {
    const cwd = folder();
    const { stdout } = await runner.run({ argv: sh('cat; pwd'), env, cwd, input: 'fed\n' });
    expect(stdout).toBe(`fed\n${cwd}\n`);
  });

  it('fails with the quoted command, the status, the last lines and the log', async () => {
    const logFile = join(folder(), 'x.log');
    const argv = sh('seq 100; exit 4');
    await expect(runner.run({ argv, env, logFile })).rejects.toMatchObject({
      code: 'PROGRAM_FAILED',
      what: "sh -c 'seq 100; exit 4' failed with exit status 4",
      why: expect.stringMatching(/^76\n[^]*\n100$/),
      next: `See the full output in ${logFile}.`,
    });
  });

  it('names a program that is not there, or a folder', async () => {
    const missing: [string, ...string[]] = ['no-such-program-here'];
    await expect(runner.try({ argv: missing, env })).rejects.toMatchObject({
      code: 'PROGRAM_NOT_STARTED',
      what: 'could not start no-such-program-here',
    });
    await expect(
      runner.try({ argv: ['true'], env, cwd: join(folder(), 'gone') }),
    ).rejects.toMatchObject({ code: 'PROGRAM_NOT_STARTED', why: expect.stringContaining('gone') });
  });

  it('says which signal ended a child', async () => {
    const finished = await runner.try({ argv: sh('kill -SEGV $$'), env });
    expect(finished).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
    await expect(runner.run({ argv: sh('kill -SEGV $$'), env })).rejects.toThrow(/signal SIGSEGV/);
  });

  it('keeps the whole output in the log, in whole lines, after the command', async () => {
    const logFile = join(folder(), 'x.log');
    await runner.run({ argv: sh('seq 3; printf end'), env, logFile });
    await runner.run({ argv: ['echo', 'again'], env, logFile });
    expect(readFileSync(logFile, 'utf8')).toBe(
      "$ sh -c 'seq 3; printf end'\n1\n2\n3\nend\n$ echo again\nagain\n",
    );
  });

  it('hands on each line of both streams while the child still runs', async () => {
    const go = join(folder(), 'go');
    const lines: string[] = [];
    const running = runner.run({
      argv: sh(`echo one; echo two >&2; while [ ! -e ${go} ]; do sleep 0.05; done; echo three`),
      env,
      onLine: (line) => lines.push(line),
    });
    while (lines.length < 2) await pause(20);
    expect([...lines].sort()).toEqual(['one', 'two']);
    writeFileSync(go, '');
    await running;
    expect(lines.at(-1)).toBe('three');
  });

  describe('with secrets', () => {
    const secret = 'pypi-AgEIcHlwaS5vcmc';
    const argv = sh(`echo "token=$TOKEN"; echo "bad $TOKEN" >&2; exit 1`);
    const command = { argv, env: { ...env, TOKEN: secret }, secrets: [secret] };

    it('shows them in no output, line, log or error', async () => {
      const logFile = join(folder(), 'x.log');
      const lines: string[] = [];
      const echoed: string[] = [];
      const watched = createRunner((line) => echoed.push(line));
      const finished = await watched.try({ ...command, logFile, onLine: (l) => lines.push(l) });
      const error: unknown = await watched
        .run({ ...command, argv: ['sh', '-c', `exit 1 # ${secret}`] })
        .catch((thrown: unknown) => thrown);
      const seen = JSON.stringify([
        finished,
        lines,
        echoed,
        String(error),
        readFileSync(logFile, 'utf8'),
      ]);
      expect(seen).not.toContain(secret);
      expect(finished.stdout).toBe('token=****\n');
    });
  });

  describe('that is told to stop', () => {
    it('ends the child and everything that the child started', async () => {
      const done = join(folder(), 'done');
      const stop = new AbortController();
      const started = Date.now();
      const running = runner.try({
        argv: sh(`(sleep 3; touch ${done}) & echo ready; wait`),
        env,
        signal: stop.signal,
        onLine: () => stop.abort(),
      });
      const finished = await running;
      expect(finished.exitCode).not.toBe(0);
      expect(Date.now() - started).toBeLessThan(2_500);
      await pause(3_500 - (Date.now() - started));
      expect(existsSync(done)).toBe(false);
    }, 10_000);

    it('ends a child that takes longer than its time', async () => {
      const started = Date.now();
      const finished = await runner.try({ argv: sh('sleep 30 & wait'), env, timeout: 300 });
      expect(finished.exitCode).not.toBe(0);
      expect(Date.now() - started).toBeLessThan(5_000);
    }, 40_000);
  });

  it('picks an allow-list and nothing else from an environment', () => {
    expect(allowedEnv({ PATH: '/bin', TOKEN: 'x', EMPTY: undefined }, ['PATH', 'EMPTY'])).toEqual({
      PATH: '/bin',
    });
  });
});
