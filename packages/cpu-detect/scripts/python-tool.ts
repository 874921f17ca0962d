/** Runs a tool of a lock on the Python sources: `python-tool.ts dev ruff check python`. */
import path from 'node:path';
import { atBoundary } from '@vllm-cpu/system/errors';
import { createRunner } from '@vllm-cpu/system/run';
import { installerEnv, lockedEnvironment } from './locked-environment.ts';
import type { Lock } from './locked-environment.ts';

const project = path.resolve(import.meta.dirname, '..');

async function main([lock, ...words]: string[]): Promise<void> {
  const runner = createRunner();
  const env = installerEnv(process.env);
  const done = await atBoundary(async () => {
    const python = await lockedEnvironment(lock as Lock, 'python3', runner, env);
    const argv: [string, ...string[]] = [python, '-B', '-m', ...words];
    const { exitCode, stdout, stderr } = await runner.try({ argv, cwd: project, env });
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    return exitCode === 0;
  });
  if (done !== true) process.exitCode = 1;
}

if (process.argv[1] === import.meta.filename) void main(process.argv.slice(2));
