import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { Git } from '../sources/git.ts';
import type { ReleaseSource } from '../sources/release.ts';
import { readCpuExtension } from './cpu-extension.ts';
import { OFFICIAL_REPOSITORY } from './release-tags.ts';
import { torchVersions } from './requirements.ts';
import { shapeError } from './shape.ts';
import { isUnified, unifiedRefused } from './version.ts';
import type { AvailableRelease } from './version.ts';

const CMAKE = 'cmake/cpu_extension.cmake';

/** The CPU build requirements: a file of their own since 0.9.2, in a folder since 0.20; everyone's before. */
const BUILD_REQUIREMENTS = [
  'requirements/build/cpu.txt',
  'requirements/cpu-build.txt',
  'requirements/build.txt',
];

const projectSchema = z.looseObject({
  project: z.looseObject({ 'requires-python': z.string().min(1) }),
});

/** The files of one release. */
export interface ReleaseFiles {
  /** The text of a file by its path in the repository, or undefined where it is not there. */
  read(path: string): Promise<string | undefined>;
  /** Names the place in errors: "vLLM 0.12.0", "the embedded upstream". */
  title: string;
}

/** The part of a pin's source that stands in the release's own files. */
export type PackagingFacts = Pick<
  ReleaseSource,
  | 'requiresPython'
  | 'torch'
  | 'isaInputs'
  | 'isaFlags'
  | 'gxxMinimum'
  | 'buildRequirements'
  | 'pyLimitedApi'
> & { oneDnnTag: string | null };

/** A commit in a git directory that holds it. */
export interface CommitAt {
  git: Git;
  gitDir: string;
  commit: string;
}

/** Reads the files of a commit. */
export function commitFiles({ git, gitDir, commit }: CommitAt, title: string): ReleaseFiles {
  const at = `--git-dir=${gitDir}`;
  return {
    title,
    read: async (path) => {
      const object = `${commit}:${path}`;
      const exists = await git.try([at, 'cat-file', '-e', object]);
      return exists.exitCode === 0 ? (await git.run([at, 'show', object])).stdout : undefined;
    },
  };
}

/** Reads the files of directories, a later one before an earlier: the embedded upstream. */
export function directoryFiles(...directories: string[]): ReleaseFiles {
  const readOf = async (directory: string, path: string): Promise<string | undefined> => {
    try {
      return await readFile(join(directory, path), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  return {
    title: 'the embedded upstream',
    read: async (path) => {
      for (const directory of directories.toReversed()) {
        const text = await readOf(directory, path);
        if (text !== undefined) return text;
      }
      return undefined;
    },
  };
}

/**
 * Parses what a release's own files say about building it for the CPU.
 * @throws VllmCpuError UPSTREAM_SHAPE (naming file and pattern) or RELEASE_UNIFIED
 */
export async function readPackaging(files: ReleaseFiles): Promise<PackagingFacts> {
  const named = (path: string): string => `${path} of ${files.title}`;
  const required = async (path: string): Promise<string> => {
    const text = await files.read(path);
    if (text === undefined) throw shapeError(files.title, `the file ${path}`);
    return text;
  };
  const extension = readCpuExtension(await required(CMAKE), named(CMAKE));
  if (extension.modules.length > 1) {
    throw unifiedRefused(files.title, `${CMAKE} builds ${extension.modules.join(', ')} for x86-64`);
  }
  const { isaInputs, isaFlags, gxxMinimum, pyLimitedApi, oneDnnTag } = extension;
  return {
    requiresPython: requiresPython(await required('pyproject.toml'), named('pyproject.toml')),
    torch: torchVersions(await required('requirements/cpu.txt'), named('requirements/cpu.txt')),
    ...{ isaInputs, isaFlags, gxxMinimum, pyLimitedApi, oneDnnTag },
    buildRequirements: await firstOf(BUILD_REQUIREMENTS, files),
  };
}

/**
 * Reads everything that the pin of a release tag records as its source.
 * @param oneDnnTags commits of oneDNN's tags; a tag that is not among them stays unverified
 * @throws VllmCpuError UPSTREAM_SHAPE or RELEASE_UNIFIED
 */
export async function readRelease(
  release: AvailableRelease,
  at: CommitAt,
  oneDnnTags: ReadonlyMap<string, string> = new Map(),
): Promise<ReleaseSource> {
  if (isUnified(release.version)) throw unifiedRefused(`vLLM ${release.version}`);
  const { oneDnnTag, ...facts } = await readPackaging(commitFiles(at, `vLLM ${release.version}`));
  const time = await at.git.run([
    `--git-dir=${at.gitDir}`,
    ...['log', '-1', '--format=%ct', at.commit],
  ]);
  return {
    kind: 'git',
    repository: OFFICIAL_REPOSITORY,
    tag: release.tag,
    commit: at.commit,
    commitTime: Number(time.stdout.trim()),
    ...facts,
    oneDnn: oneDnnTag ? { tag: oneDnnTag, commit: oneDnnTags.get(oneDnnTag) ?? null } : null,
  };
}

function requiresPython(text: string, file: string): string {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    throw shapeError(file, 'valid TOML', error instanceof Error ? error.message : String(error));
  }
  const project = projectSchema.safeParse(parsed);
  if (!project.success) throw shapeError(file, 'requires-python in [project]');
  return project.data.project['requires-python'];
}

async function firstOf(paths: readonly string[], files: ReleaseFiles): Promise<string> {
  for (const path of paths) {
    if ((await files.read(path)) !== undefined) return path;
  }
  throw shapeError(files.title, `one of the files ${paths.join(', ')}`);
}
