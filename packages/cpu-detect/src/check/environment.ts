import { execFileSync } from 'node:child_process';
import { DetectError } from '../errors.ts';

const PROGRAM = "import sys; print('\\n'.join(p for p in sys.path if p))";

/**
 * The directories that a Python interpreter imports from.
 * @throws DetectError PYTHON_FAILED
 */
export function importDirectories(python: string): string[] {
  try {
    const output = execFileSync(python, ['-c', PROGRAM], { encoding: 'utf8', stdio: 'pipe' });
    return output.split('\n').filter((line) => line !== '');
  } catch {
    throw new DetectError({
      code: 'PYTHON_FAILED',
      what: `${python} does not run.`,
      why: 'It is asked for the directories that it imports packages from.',
      next: 'Name an interpreter with --python, or the directory with --site-packages.',
      exitCode: 69,
    });
  }
}
