import { existsSync } from 'node:fs';
import type { Runner } from '@vllm-cpu/system/run';

const ASK = [
  'import os, pip',
  "print(os.path.join(os.path.dirname(pip.__file__), '__pip-runner__.py'))",
].join('\n');

/**
 * The file by which `python`'s pip is run with another interpreter, to install into that one's environment; undefined
 * where there is no pip, or one older than 22.3. `pip --python` starts this file too, after it has loaded all of pip in
 * the first interpreter: https://github.com/pypa/pip/blob/22.3/src/pip/_internal/cli/main_parser.py
 */
export async function pipRunner(
  python: string,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { stdout, exitCode } = await runner.try({ argv: [python, '-c', ASK], env });
  const file = stdout.trim();
  return exitCode === 0 && existsSync(file) ? file : undefined;
}
