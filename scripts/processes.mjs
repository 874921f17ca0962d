import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * Runs `argv` quietly; status is null where the program could not be started.
 * @param {readonly string[]} argv
 * @returns {Promise<{ status: number | null, printed: string }>}
 */
export function capture([program = '', ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += chunk));
    child.on('error', () => resolve({ status: null, printed: '' }));
    child.on('close', (status) => resolve({ status, printed }));
  });
}

/**
 * Runs `argv` with its output shown as it comes, never asking anything; resolves to its status, or null.
 * @param {readonly string[]} argv
 * @param {Record<string, string>} env
 * @returns {Promise<number | null>}
 */
export function show([program = '', ...args], env = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', () => resolve(null));
    child.on('close', (status) => resolve(status));
  });
}

/**
 * Runs `argv` and passes on each line that it prints, never asking anything; resolves to its status, or null.
 * @param {readonly string[]} argv
 * @param {Record<string, string>} env
 * @param {(line: string) => void} onLine
 * @returns {Promise<number | null>}
 */
export function follow([program = '', ...args], env, onLine) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', onLine);
    }
    child.on('error', () => resolve(null));
    child.on('close', (status) => resolve(status));
  });
}
