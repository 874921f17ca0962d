/** Runs the Python files that this package brings: there is one implementation. */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { DetectError } from './errors.ts';

/** The folder whose `__main__.py` is the detector; beside `src` here, beside `dist` when installed. */
const DETECTOR = fileURLToPath(new URL('../python', import.meta.url));

const INTERPRETERS = process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python'];

/** How a detector's process ended. */
export interface Outcome {
  stdout: string;
  stderr: string;
  /** null: a signal ended it. */
  exitCode: number | null;
}

/** What is printed where there is no Python; EX_UNAVAILABLE of sysexits.h. */
export function noPython(named: string | undefined): DetectError {
  const missing = named ?? `on PATH neither ${INTERPRETERS.join(' nor ')}`;
  return new DetectError({
    code: 'PYTHON_MISSING',
    what: 'Python 3.8 or later was not found.',
    why: `The detector is written in Python, and ${missing} is ${named ? 'not one' : 'one'}.`,
    next: 'Install Python 3.8 or later, or set VLLM_CPU_DETECT_PYTHON to an interpreter.',
    exitCode: 69,
  });
}

const PROBE = 'import sys; print(sys.version_info >= (3, 8))';

/** The first interpreter on PATH that is new enough, or null; only `named` where one is named. */
export function findPython(named: string | undefined): string | null {
  const candidates = named ? [named] : INTERPRETERS;
  const answer = (program: string) =>
    spawnSync(program, ['-c', PROBE], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout;
  // A program that does not run has no output at all.
  const suits = (program: string) => String(answer(program)).trim() === 'True';
  return candidates.find(suits) ?? null;
}

/** Runs one command line with this process's own input and output. */
export function runAttached(python: string, argv: readonly string[]): number {
  const { status } = spawnSync(python, [DETECTOR, ...argv], { stdio: 'inherit' });
  return status ?? 1;
}

/** Runs one command line; `input` is what it reads from standard input. */
export function runCaptured(
  python: string,
  argv: readonly string[],
  input: string,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [DETECTOR, ...argv], { stdio: 'pipe' });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }));
    // A detector that ends before it has read everything says why itself.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input, 'latin1');
  });
}
