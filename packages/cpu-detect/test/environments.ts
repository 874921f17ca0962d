import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** An environment of its own for `python`, without pip; returns its interpreter. */
export function makeEnvironment(python: string, folder: string): string {
  execFileSync(python, ['-m', 'venv', '--without-pip', folder], { stdio: 'pipe' });
  return path.join(folder, 'bin', 'python');
}

/** Installs into the environment of `python` with the pip of the python3 on PATH. */
export function pipInstall(python: string, words: readonly string[]): void {
  const pip = ['-m', 'pip', '--python', python, '--disable-pip-version-check', '--quiet'];
  execFileSync('python3', [...pip, 'install', ...words], { stdio: 'pipe' });
}

/** An environment with packages from the configured index, kept between runs; null: none reached. */
export function indexEnvironment(requirements: readonly string[]): string | null {
  const name = `vllm-cpu-detect-oracles-${os.userInfo().uid}`;
  const folder = path.join(os.tmpdir(), name);
  const stamp = path.join(folder, 'installed.txt');
  const wanted = requirements.join('\n');
  const python = path.join(folder, 'bin', 'python');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return python;
  fs.rmSync(folder, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1'];
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', folder]],
    [python, [...pip, ...requirements]],
  ];
  for (const [program, words] of steps) {
    if (spawnSync(program, words, { timeout: 240_000 }).status !== 0) return null;
  }
  fs.writeFileSync(stamp, wanted);
  return python;
}

/** What the detection and the wheel are compared with. */
export const ORACLES = ['py-cpuinfo==9.0.0', 'archspec==0.2.7', 'setuptools==80.9.0'];
