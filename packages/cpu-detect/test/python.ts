import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export const PROJECT = path.resolve(import.meta.dirname, '..');

const VERSIONS = ['3.8', '3.9', '3.10', '3.11', '3.12', '3.13'];

/** Every supported Python version with an interpreter that runs here, or null. */
export function interpreters(): { version: string; python: string | null }[] {
  const roots = pyenvRoot();
  return VERSIONS.map((version) => {
    const candidates = [`python${version}`, ...roots.map((root) => inPyenv(root, version))];
    return { version, python: candidates.find((name) => name !== '' && runs(name)) ?? null };
  });
}

function runs(program: string): boolean {
  try {
    execFileSync(program, ['-c', 'pass'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function pyenvRoot(): string[] {
  try {
    return [execFileSync('pyenv', ['root'], { encoding: 'utf8' }).trim()];
  } catch {
    return [];
  }
}

function inPyenv(root: string, version: string): string {
  const versions = path.join(root, 'versions');
  const names = fs.existsSync(versions) ? fs.readdirSync(versions).sort() : [];
  const found = names.findLast((name) => name.startsWith(`${version}.`));
  return found === undefined ? '' : path.join(versions, found, 'bin', 'python');
}
