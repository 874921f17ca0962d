import { execFileSync } from 'node:child_process';
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
