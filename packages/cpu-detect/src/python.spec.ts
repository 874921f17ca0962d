import { describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { createRunner } from '@vllm-cpu/system/run';
import { installerEnv, lockedEnvironment } from '../scripts/locked-environment.ts';
import { interpreters, PROJECT } from '../test/python.ts';
import type { Lock } from '../scripts/locked-environment.ts';

const runner = createRunner();
const env = installerEnv(process.env);

/** Runs a module of a locked environment in the project; '' where it ended with 0. */
async function complaints(lock: Lock, interpreter: string, words: string[]): Promise<string> {
  const python = await lockedEnvironment(lock, interpreter, runner, env);
  const argv: [string, ...string[]] = [python, '-B', '-m', ...words];
  const { exitCode, stdout, stderr } = await runner.try({ argv, cwd: PROJECT, env });
  return exitCode === 0 ? '' : `${stdout}${stderr}`;
}

describe('the Python sources', () => {
  it.each([
    ['have no fault that ruff knows', ['ruff', 'check', 'python', 'bench']],
    ['are formatted as ruff formats them', ['ruff', 'format', '--check', 'python', 'bench']],
    ['are typed without gaps, by mypy --strict', ['mypy']],
  ])('%s', async (_, words) => expect(await complaints('dev', 'python3', words)).toBe(''), 300_000);
});

describe("the Python package's own tests pass", () => {
  for (const { version, python } of interpreters()) {
    requires(`an interpreter of Python ${version}`, python !== null)(
      `with Python ${version}`,
      async () => expect(await complaints('test', python ?? '', ['pytest'])).toBe(''),
      300_000,
    );
  }
});
