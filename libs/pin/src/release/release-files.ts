import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '@vllm-cpu/sources/git';
import { shapeError } from '../facts/shape.ts';

/** The files of one release, from wherever its sources are. */
export interface ReleaseFiles {
  /** The text of a file by its path in the repository, or undefined where it is not there. */
  read(path: string): Promise<string | undefined>;
  /** Paths of the files below `folder` that `pattern` (an extended regular expression) matches. */
  matching(pattern: RegExp, folder: string, ending: string): Promise<string[]>;
  /** Names the place in errors: "vLLM 0.12.0", "the embedded upstream". */
  title: string;
}

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
    matching: async (pattern, folder, ending) => {
      const files = `${folder}/*${ending}`;
      const found = await git.try([at, 'grep', '-lE', pattern.source, commit, '--', files]);
      return found.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.slice(commit.length + 1));
    },
  };
}

/** Reads the files of folders, of which each is laid over the ones before it. */
export function directoryFiles(
  folders: readonly string[],
  title = 'the embedded upstream',
): ReleaseFiles {
  const read = async (path: string): Promise<string | undefined> => {
    for (const folder of [...folders].reverse()) {
      const text = await textOf(join(folder, path));
      if (text !== undefined) return text;
    }
    return undefined;
  };
  return {
    title,
    read,
    matching: async (pattern, below, ending) => {
      const found = new Set<string>();
      for (const folder of folders) {
        const paths = await readdir(join(folder, below), { recursive: true }).catch(() => []);
        for (const path of paths.filter((each) => each.endsWith(ending))) {
          if (pattern.test((await read(join(below, path))) ?? '')) found.add(join(below, path));
        }
      }
      return [...found].sort();
    },
  };
}

/** @throws VllmCpuError UPSTREAM_SHAPE */
export async function requiredText(files: ReleaseFiles, path: string): Promise<string> {
  const text = await files.read(path);
  if (text === undefined) throw shapeError(files.title, `the file ${path}`);
  return text;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}
