import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gitWith } from '@vllm-cpu/sources/git';
import type { Git } from '@vllm-cpu/sources/git';
import { createRunner } from '@vllm-cpu/system/run';

/** A real git, without anybody's configuration. */
export const git: Git = gitWith(createRunner(), {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
});

/** Writes `files`, commits them and (re)sets `tag` to the commit, which is returned. */
export async function commitFiles(
  repository: string,
  files: Readonly<Record<string, string>>,
  tag: string,
): Promise<string> {
  const at = ['-C', repository];
  mkdirSync(repository, { recursive: true });
  await git.run([...at, 'init', '--quiet', '--initial-branch=main']);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, name)), { recursive: true });
    writeFileSync(join(repository, name), content);
  }
  await git.run([...at, 'add', '--all']);
  await git.run([...at, 'commit', '--quiet', '--allow-empty', '-m', tag]);
  await git.run([...at, 'tag', '--force', tag]);
  return (await git.run([...at, 'rev-parse', 'HEAD'])).stdout.trim();
}
