import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { closureOf, foldersAbove, librariesOf, ROOT } from './import-closure.ts';
import { READING_REPOSITORY, REACHED_BY_SPECS } from './inputs.ts';

/** TypeScript files of a project, specs or all others. */
function filesOf(project: string, specs: boolean): string[] {
  return readdirSync(join(ROOT, project), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name.endsWith('.spec.ts') === specs)
    .map((name) => join(ROOT, project, name));
}

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
