import { createRunner } from '@vllm-cpu/system/run';
import type { CheckedProject } from './batch.ts';

/**
 * The files of a project that git knows or would take, relative to the workspace; those of projects
 * inside it (`others`) left out.
 */
export async function trackedFiles(
  root: string,
  project: CheckedProject,
  others: readonly string[],
): Promise<string[]> {
  const inside = others.filter(
    (other) =>
      other !== project.root && (project.root === '.' || other.startsWith(`${project.root}/`)),
  );
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout } = await createRunner().run({
    argv: ['git', ...words, '--', project.root, ...inside.map((each) => `:(exclude)${each}`)],
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
  });
  return stdout.split('\0').filter(Boolean);
}
