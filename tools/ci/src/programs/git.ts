import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { capture, show } from './processes.ts';
import { ROOT } from '../root.ts';

const BOT = [
  ...['-c', 'user.name=github-actions[bot]'],
  ...['-c', 'user.email=41898282+github-actions[bot]@users.noreply.github.com'],
];

export function currentCommit(): Promise<string> {
  return git('rev-parse', 'HEAD');
}

/** Whether origin has the branch. @throws VllmCpuError GIT_FAILED where that cannot be asked */
export async function hasBranch(branch: string): Promise<boolean> {
  return (await git('ls-remote', '--heads', 'origin', `refs/heads/${branch}`)) !== '';
}

/** Commits the pins of these names with their locks. */
export async function commitPins(message: string, names: readonly string[]): Promise<void> {
  await git('add', '--', ...names.flatMap(filesOf));
  await git(...BOT, 'commit', '--quiet', '-m', message);
}

/** The pin, and the lock of its build environment. */
function filesOf(name: string): string[] {
  return ['json', 'lock.txt']
    .map((end) => `packages/upstream/releases/${name}.${end}`)
    .filter((file) => existsSync(join(ROOT, file)));
}

export async function checkOut(commit: string): Promise<void> {
  await git('checkout', '--quiet', '--detach', commit);
}

/** `git push origin` with these words. */
export async function pushPins(...words: string[]): Promise<void> {
  console.log(`$ git push origin ${words.join(' ')}`);
  const status = await show(['git', '-C', ROOT, 'push', 'origin', ...words]);
  if (status !== 0) throw gitFailed(['push', 'origin', ...words], status, PUSH_REFUSED);
}

async function git(...words: string[]): Promise<string> {
  const { status, printed, finished } = await capture(['git', '-C', ROOT, ...words]);
  if (status === 0) return printed.trim();
  throw gitFailed(words, status, finished?.stderr.trim() || 'git printed no reason.');
}

const PUSH_REFUSED = 'See its output above. The branch has moved, or it is protected.';

function gitFailed(words: readonly string[], status: number | null, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'GIT_FAILED',
    what: `git ${words.join(' ')} failed with ${status}`,
    why,
    next: 'The next run tries again. A protected branch needs PIN_MODE=pull-request.',
  });
}
