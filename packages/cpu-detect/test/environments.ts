import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';

const runner = createRunner();
const env = allowedEnv(process.env);

/** An environment of its own for `python`, without pip; returns its interpreter. */
export function makeEnvironment(python: string, folder: string): string {
  execFileSync(python, ['-m', 'venv', '--without-pip', folder], { stdio: 'pipe' });
  return path.join(folder, 'bin', 'python');
}

/** Runs the pip of the python3 on PATH in the environment of `python`. */
export async function pip(python: string, words: readonly string[]): Promise<void> {
  const quiet = ['--disable-pip-version-check', '--quiet'];
  await runner.run({ argv: ['python3', '-m', 'pip', '--python', python, ...quiet, ...words], env });
}
