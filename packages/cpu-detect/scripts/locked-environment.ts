/** A Python environment with exactly what a lock file lists, every file by its hash. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { installerOn, PIP, pipOf } from '@vllm-cpu/python/locked-install';
import type { Installer } from '@vllm-cpu/python/locked-install';
import { withLock } from '@vllm-cpu/system/file-lock';
import { allowedEnv } from '@vllm-cpu/system/run';
import type { Runner } from '@vllm-cpu/system/run';

const project = path.resolve(import.meta.dirname, '..');
const CACHE = path.resolve(project, '../../node_modules/.cache/vllm-cpu-detect');

/** The lock files under requirements/. */
export type Lock = 'build' | 'dev' | 'test';

/** What pip and uv are given of this process's environment: which index it asks, and how. */
export function installerEnv(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const settings = Object.keys(env).filter((name) => /^(PIP|UV)_/.test(name));
  return { ...allowedEnv(env), ...allowedEnv(env, settings) };
}

/**
 * The interpreter of an environment made by `python` from `lock`; kept between runs for as long as
 * neither changes. Its programs are run as modules: the folder is moved once it is complete.
 */
export async function lockedEnvironment(
  lock: Lock,
  python: string,
  runner: Runner,
  env: Record<string, string>,
): Promise<string> {
  const file = path.join(project, 'requirements', `${lock}.txt`);
  const { stdout: version } = await runner.run({ argv: [python, '-VV'], env });
  const key = createHash('sha256').update(fs.readFileSync(file)).update(version).digest('hex');
  const folder = path.join(CACHE, `${lock}-${key.slice(0, 16)}`);
  const interpreter = path.join(folder, 'bin', 'python');
  // Lint and types begin together and need the same one.
  if (!fs.existsSync(interpreter)) await withLock(`${folder}.lock`, make);
  return interpreter;

  async function make(): Promise<void> {
    if (fs.existsSync(interpreter)) return;
    const made = fs.mkdtempSync(`${folder}.`);
    const installer = await installerOf(python, runner, env);
    await runner.run({ argv: installer.environment(python, made), env });
    await runner.run({ argv: installer.install(path.join(made, 'bin', 'python'), file), env });
    fs.renameSync(made, folder);
  }
}

/** uv where it is on PATH; else its own pip, where it has one that can install for others. */
async function installerOf(
  python: string,
  runner: Runner,
  env: Record<string, string>,
): Promise<Installer> {
  const found = installerOn(env['PATH']);
  if (found !== PIP) return found;
  const argv: [string, ...string[]] = [python, '-m', 'pip', '--python', python, '--version'];
  return (await runner.try({ argv, env })).exitCode === 0 ? pipOf(python) : PIP;
}
