import { cp, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';

/**
 * Copies what git knows or would add of the repository at `root`, changes that are not committed included:
 * no ignored file, so no result and no `.env`, gets into a container.
 * @throws VllmCpuError REPOSITORY_NOT_COPIED
 */
export async function copyRepository(
  root: string,
  to: string,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = await runner.try({ argv: ['git', ...words], cwd: root, env });
  if (listed.exitCode !== 0) {
    throw new VllmCpuError({
      code: 'REPOSITORY_NOT_COPIED',
      what: `git cannot list the files of ${root}`,
      why: listed.stderr.trim(),
      next: 'Run the command in a clone of the repository.',
    });
  }
  for (const path of listed.stdout.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    // Listed, but deleted in the work tree.
    await cp(join(root, path), join(to, path)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause;
    });
  }
}
