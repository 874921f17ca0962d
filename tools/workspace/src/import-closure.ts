import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { WORKSPACE_SCOPE } from '@vllm-cpu/system/source-closure';
import ts from 'typescript';

/** The repository. */
export const ROOT = join(import.meta.dirname, '../../..');

/** These files and all that they import, directly or not, as TypeScript's scanner sees it. */
export function closureOf(files: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
    for (const { fileName } of importedFiles) {
      if (/^\..*\.ts$/.test(fileName)) visit(join(dirname(file), fileName));
      if (fileName.startsWith(WORKSPACE_SCOPE)) visit(createRequire(file).resolve(fileName));
    }
  };
  files.forEach(visit);
  return seen;
}

/** The libraries that these files import, directly or not. */
export function librariesOf(files: readonly string[]): Set<string> {
  const paths = [...closureOf(files)].map((file) => relative(ROOT, file));
  return new Set(paths.flatMap((path) => /^libs\/([^/]+)\//.exec(path)?.[1] ?? []));
}

/** Folders that a file makes by going up from itself: `join(import.meta.dirname, '../..')` and what is made of that. */
export function foldersAbove(file: string): string[] {
  const folders = new Map([['import.meta.dirname', dirname(file)]]);
  const text = readFileSync(file, 'utf8');
  for (const [, name = '', base = '', words = ''] of text.matchAll(GOING_UP)) {
    const from = folders.get(base);
    const parts = [...words.matchAll(/'([^']*)'/g)].map(([, part = '']) => part);
    if (from) folders.set(name || `${folders.size}`, join(from, ...parts));
  }
  return [...folders.values()].map((folder) => relative(ROOT, folder));
}

const GOING_UP =
  /(?:const (\w+) = )?(?:path\.)?\b(?:join|resolve)\(\s*([\w.]+),((?:\s*'[^']*'[,\s)])+)/g;
