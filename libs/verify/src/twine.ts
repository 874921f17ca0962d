import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import { error, note } from './check.ts';
import type { Finding } from './check.ts';
import type { VerifyContext } from './context.ts';

const OLDEST = '6.1';

/** `twine check --strict` where twine is on the PATH; it renders the description as the index does. */
export async function twineFindings(context: VerifyContext): Promise<Finding[]> {
  const { runner, env, facts } = context;
  const run = async (...words: string[]): Promise<{ exitCode: number | null; text: string }> => {
    const finished = await runner.try({ argv: ['twine', ...words], env, timeout: 120_000 });
    return { exitCode: finished.exitCode, text: `${finished.stdout}\n${finished.stderr}` };
  };
  try {
    const { text } = await run('--version');
    if (!isAtLeast(/^twine version .*/m.exec(text)?.[0] ?? '', OLDEST)) {
      return [note('twine', `older than ${OLDEST}, cannot read current metadata: not used`)];
    }
    const { exitCode, text: said } = await run('check', '--strict', facts.path);
    if (exitCode === 0) return [note('twine', 'check --strict passed')];
    return [error('twine check --strict', lastLines(said))];
  } catch (cause) {
    if (!(cause instanceof VllmCpuError) || cause.code !== 'PROGRAM_NOT_STARTED') throw cause;
    return [note('twine', 'is not installed: its check was not run')];
  }
}

function lastLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter(Boolean).slice(-4).join(' ');
}
