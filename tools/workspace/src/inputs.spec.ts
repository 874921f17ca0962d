import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { WORKSPACE_SCOPE } from '@vllm-cpu/system/source-closure';
import ts from 'typescript';
import { READING_REPOSITORY, REACHED_BY_SPECS } from './inputs.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** TypeScript files of a project, specs or all others. */
function filesOf(project: string, specs: boolean): string[] {
  return readdirSync(join(ROOT, project), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name.endsWith('.spec.ts') === specs)
    .map((name) => join(ROOT, project, name));
}

/** These files and all that they import, directly or not, as TypeScript's scanner sees it. */
function closureOf(files: readonly string[]): Set<string> {
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

function librariesOf(files: readonly string[]): Set<string> {
  const paths = [...closureOf(files)].map((file) => relative(ROOT, file));
  return new Set(paths.flatMap((path) => /^libs\/([^/]+)\//.exec(path)?.[1] ?? []));
}

/** Folders that a file makes by going up from itself: `join(import.meta.dirname, '../..')` and what is made of that. */
function foldersAbove(file: string): string[] {
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

describe('the inputs of tests', () => {
  const projects = [
    ...readdirSync(join(ROOT, 'libs'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => [name, `libs/${name}`] as const),
    ...['cpu-detect', 'images'].map((name) => [name, `packages/${name}`] as const),
    ...['executors', 'cache-server', 'ci', 'workspace'].map(
      (name) => [name, `tools/${name}`] as const,
    ),
  ];

  it.each(projects)('of %s name every library that its specs reach', (name, root) => {
    const imported = librariesOf(filesOf(root, false));
    const reached = [...librariesOf(filesOf(root, true))].filter(
      (library) => !imported.has(library) && library !== 'testing' && library !== name,
    );
    expect([...(REACHED_BY_SPECS[name] ?? [])].sort()).toEqual(reached.sort());
  });

  it('have the variants, pins and images where specs look for them', () => {
    // It takes only node_modules from the root.
    const others = ['workspace', 'cache-server'];
    const reading = projects.filter(([, root]) => {
      const specs = filesOf(root, true);
      // What a spec starts as a program lies in its own project.
      const files = specs.length > 0 ? closureOf([...specs, ...filesOf(root, false)]) : [];
      const outside = [...files].flatMap(foldersAbove);
      return outside.some((path) => DEFINED.test(path) && !`${path}/`.startsWith(`${root}/`));
    });
    const names = reading.map(([name]) => name).filter((name) => !others.includes(name));
    expect([...READING_REPOSITORY].sort()).toEqual(names.sort());
  });
});

/** The root, `packages`, or what the inputs of READING_REPOSITORY are. */
const DEFINED = /^$|^packages(\/(variant-|upstream|images).*)?$|^tools\/python/;
