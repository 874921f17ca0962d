import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { show } from './processes.ts';
import { ROOT } from '../root.ts';

const NX = join(ROOT, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');

export interface NxRun {
  status: number;
  /** What the first executor that failed said: `[CODE] what happened`. */
  error: string | undefined;
}

/**
 * Runs Nx, for what only Nx does: dependencies, caches, what is affected. All else is a function that is
 * called. Executors write why they failed into a file, so that nobody has to read their output.
 */
export async function runNx(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<NxRun> {
  console.log(`$ nx ${words.join(' ')}`);
  return withTemporaryFolder('vllm-cpu-nx-', async (folder) => {
    const errors = join(folder, 'errors.jsonl');
    const given = { ...withoutEmptySettings(env), VLLM_CPU_ERROR_FILE: errors };
    const status = await show([process.execPath, NX, ...words], given);
    return { status: status ?? 1, error: firstError(errors) };
  });
}

/**
 * A workflow sets a variable that has no value to an empty text; for settings that is another thing. Nx's
 * own report of each command would bury the tables on the run's page.
 */
function withoutEmptySettings(
  more: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return { ...more, NX_DAEMON: 'false', NX_TUI: 'false', GITHUB_STEP_SUMMARY: undefined };
}

function firstError(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  const [line = ''] = readFileSync(file, 'utf8').split('\n');
  if (line === '') return undefined;
  const { code, what } = JSON.parse(line) as { code: string; what: string };
  return `[${code}]: ${what}`;
}
