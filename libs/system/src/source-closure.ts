import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { sha256 } from './digest.ts';

/** What the names of this workspace's packages begin with. */
export const WORKSPACE_SCOPE = '@vllm-cpu/';

/** Import and export statements with a relative specifier or one of this workspace; types count too. */
const SPECIFIER = new RegExp(
  `(?:from|import)\\s*\\(?\\s*'(\\.{1,2}/[^']+\\.ts|${WORKSPACE_SCOPE}[^']+)'`,
  'g',
);

/** A file that is read at run time: data, or a program in another language. */
const READ = /new URL\(\s*'(\.{1,2}\/[^']+)',\s*import\.meta\.url/g;

/**
 * Every TypeScript file that `entries` import, directly or not, themselves included: path and text.
 * So are the files that they name by a URL relative to `import.meta.url`. Packages of this workspace are
 * followed to the one module that each import names (the `exports` of their package.json), all others
 * are not.
 */
export function closureFiles(entries: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  const packages = new Map<string, string>();
  const modulePath = (specifier: string, importer: string): string => {
    if (specifier.startsWith('.')) return join(dirname(importer), specifier);
    // One name leads to one module in the whole workspace, and Node looks at many folders for it.
    const path = packages.get(specifier) ?? createRequire(importer).resolve(specifier);
    packages.set(specifier, path);
    return path;
  };
  const visit = (path: string): void => {
    if (files.has(path)) return;
    const text = readFileSync(path, 'utf8');
    files.set(path, text);
    if (!path.endsWith('.ts')) return;
    for (const [, specifier = ''] of text.matchAll(SPECIFIER)) visit(modulePath(specifier, path));
    for (const [, file = ''] of text.matchAll(READ)) visit(join(dirname(path), file));
  };
  entries.forEach(visit);
  return files;
}

/**
 * SHA-256 over those files: exactly what a stage's result can depend on in this repository. The
 * versions of packages are in the lock file, and a stage that relies on one digests that.
 */
export function sourceClosure(entries: readonly string[]): string {
  const base = dirname(entries[0] ?? '.');
  const parts = [...closureFiles(entries)]
    .map(([path, text]) => `${relative(base, path)}\0${sha256(text)}`)
    .sort();
  return sha256(parts.join('\n'));
}
