import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isGitUrl } from '@vllm-cpu/system/settings';

/** What VLLM_CPU_UPSTREAM names. */
export type UpstreamPlace =
  | { kind: 'repository'; from: string }
  /** Source distributions: a folder of them, or one. */
  | { kind: 'archives'; path: string; files: readonly string[] };

const ARCHIVE = /^vllm-[^/]+\.tar\.gz$/;

/**
 * Tells a git repository (URL or clone) from source distributions; undefined where nothing was set. What
 * is neither counts as a repository, whose errors say what is wrong with it.
 */
export function upstreamPlace(setting: string | undefined): UpstreamPlace | undefined {
  if (setting === undefined) return undefined;
  if (isGitUrl(setting)) return { kind: 'repository', from: setting };
  if (setting.endsWith('.tar.gz')) return { kind: 'archives', path: setting, files: [setting] };
  if (isRepository(setting) || !isFolder(setting)) return { kind: 'repository', from: setting };
  const files = readdirSync(setting)
    .filter((name) => ARCHIVE.test(name))
    .sort()
    .map((name) => join(setting, name));
  return { kind: 'archives', path: setting, files };
}

/** The repository that git pins are fetched from: the setting's, or else the official one. */
export function repositoryOf(setting: string | undefined, official: string): string {
  const place = upstreamPlace(setting);
  return place?.kind === 'repository' ? place.from : official;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** A clone, a linked worktree or a bare repository. */
function isRepository(path: string): boolean {
  return (
    existsSync(join(path, '.git')) ||
    (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')))
  );
}
