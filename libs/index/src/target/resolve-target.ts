import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { folderIndex } from './folder-index.ts';
import { parseIndexUrl } from './index-url.ts';
import { parsePypirc } from './pypirc.ts';
import { uploadIndex } from './upload-index.ts';
import { BUILT_IN, repositoryOf } from './upload-repository.ts';
import type { IndexTarget } from './index-target.ts';
import type { UrlRules } from './index-url.ts';
import type { PypircEntry } from './pypirc.ts';

export interface TargetContext extends UrlRules {
  /** Relative directories start here. */
  root: string;
  /** The `.pypirc` to read; see defaultPypirc. It need not exist. */
  pypirc: string | undefined;
}

/** twine's configuration file: PYPIRC of our own settings, else `.pypirc` of the home directory. */
export function defaultPypirc(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return env['PYPIRC'] || (env['HOME'] ? join(env['HOME'], '.pypirc') : undefined);
}

/**
 * Resolves `--index`: `pypi`, `testpypi`, a name of the `.pypirc`, an upload URL or `file:<dir>`.
 * @throws VllmCpuError UNKNOWN_INDEX, INDEX_URL_WITHOUT_SCHEME, INDEX_URL_INVALID, INDEX_INSECURE
 */
export function resolveTarget(spec: string, context: TargetContext): IndexTarget {
  if (spec.startsWith('file:')) return directoryTarget(spec.slice('file:'.length), context.root);
  const entries = readPypirc(context.pypirc);
  const entry = entries.find((candidate) => candidate.name === spec);
  if (entry?.repository) parseIndexUrl(entry.repository, context);
  if (entry !== undefined || BUILT_IN.includes(spec)) return named(spec, entry, context.pypirc);
  // Anything with a dot, a slash or a colon was meant as an address; a mistyped name has none.
  if (!/[./:]/.test(spec)) throw unknownIndex(spec, entries);
  const url = parseIndexUrl(spec, context);
  if (url.secrets.length > 0) throw passwordInUrl(url.href);
  return uploadIndex(repositoryOf({ uploadUrl: url.href }));
}

function named(
  name: string,
  entry: PypircEntry | undefined,
  file: string | undefined,
): IndexTarget {
  if (entry && !entry.repository && !BUILT_IN.includes(name)) {
    throw new VllmCpuError({
      code: 'INDEX_WITHOUT_URL',
      what: `index ${name} has no URL`,
      why: `Its section in ${file ?? '.pypirc'} has no "repository" key.`,
      next: `Add "repository = https://..." to the section [${name}].`,
    });
  }
  return uploadIndex({
    name,
    uploadUrl: entry?.repository,
    configFile: entry ? file : undefined,
    hasCredentials: entry?.hasCredentials ?? false,
  });
}

function directoryTarget(path: string, root: string): IndexTarget {
  if (path === '' || path === '//') throw noDirectory('file: names no directory');
  if (!path.startsWith('//')) {
    return folderIndex(resolve(root, path.replace(/^~(?=\/|$)/, homedir())));
  }
  try {
    return folderIndex(fileURLToPath(`file:${path}`));
  } catch (cause) {
    throw noDirectory(`file:${path} is not the URL of a local folder`, cause);
  }
}

function noDirectory(what: string, cause?: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'INDEX_URL_INVALID',
    what,
    why: 'file: denotes a static index in a local folder.',
    next: 'Use file:<directory>, for example file:dist/index, or file:///<absolute path>.',
    cause,
  });
}

function readPypirc(path: string | undefined): PypircEntry[] {
  return path && existsSync(path) ? parsePypirc(readFileSync(path, 'utf8')) : [];
}

function unknownIndex(spec: string, entries: readonly PypircEntry[]): VllmCpuError {
  const known = [...new Set([...BUILT_IN, ...entries.map((entry) => entry.name)])];
  return new VllmCpuError({
    code: 'UNKNOWN_INDEX',
    what: `unknown index ${JSON.stringify(spec)}`,
    why: `Known names: ${known.join(', ')}.`,
    next: 'Use one of them, add it to your .pypirc, or give an https:// URL or file:<directory>.',
  });
}

function passwordInUrl(href: string): VllmCpuError {
  return new VllmCpuError({
    code: 'PASSWORD_IN_URL',
    what: `the upload URL ${href} contains a password`,
    why: 'Command lines are visible to other processes and saved in the shell history.',
    next: 'Remove it and set TWINE_USERNAME and TWINE_PASSWORD, or use a .pypirc.',
  });
}
