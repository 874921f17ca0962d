import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pipRunner } from '@vllm-cpu/python/pip-runner';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';

const runner = createRunner();
const env = allowedEnv(process.env);
let outer: Promise<string | undefined> | undefined;

/** An environment of its own for `python`, without pip; returns its interpreter. */
export function makeEnvironment(python: string, folder: string): string {
  execFileSync(python, ['-m', 'venv', '--without-pip', folder], { stdio: 'pipe' });
  return path.join(folder, 'bin', 'python');
}

/** Runs the pip of the python3 on PATH in the environment of `python`. */
export async function pip(python: string, words: readonly string[]): Promise<void> {
  outer ??= pipRunner('python3', runner, env);
  const file = (await outer) ?? '';
  await runner.run({ argv: [python, file, '--disable-pip-version-check', ...words], env });
}
