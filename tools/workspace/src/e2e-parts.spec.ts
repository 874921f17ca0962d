import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { BUILDING, BUILDING_LIBRARIES, E2E_PARTS } from './e2e-parts.ts';
import { closureOf, foldersAbove, librariesOf, ROOT } from './import-closure.ts';

const SPECS = readdirSync(join(ROOT, 'e2e')).filter((name) => name.endsWith('.spec.ts'));
const EXECUTORS = join(ROOT, 'tools/executors/src/executors');
const building = BUILDING.map((name) => join(ROOT, `e2e/${name}.spec.ts`));

const partsOf = (spec: string) =>
  E2E_PARTS.filter(({ specs }) => new RegExp(`^${specs}`).test(spec)).map(({ name }) => name);

/** Files that Nx digests for a part. */
function filesOf(part: string): string[] {
  const words = ['show', 'target', 'inputs', `e2e:test-${part}`, '--json'];
  const argv = [join(ROOT, 'node_modules/nx/dist/bin/nx.js'), ...words];
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NX_DAEMON: 'false' };
  const stdout = execFileSync(process.execPath, argv, { cwd: ROOT, env, encoding: 'utf8' });
  return (JSON.parse(stdout.slice(stdout.indexOf('{'))) as { files: string[] }).files;
}

/** These and what they import, as far as it lies beside them. */
function inE2e(specs: readonly string[]): string[] {
  return [...closureOf(specs)].filter((file) => relative(ROOT, file).startsWith('e2e/'));
}

/** What a part's specs and what they import reach by a path; packages are digested by their lock. */
function pathsOf(part: string): string[] {
  const own = SPECS.filter((spec) => partsOf(spec).includes(part));
  const files = inE2e(own.map((spec) => join(ROOT, 'e2e', spec)));
  const paths = new Set(files.flatMap(foldersAbove));
  return [...paths].filter((path) => !/^$|^(e2e|node_modules)\b/.test(path));
}

/** Names of targets in a text: behind a project's name, behind `-t`, or before a release. */
const TARGETS =
  /['"`](?:[\w-]|\$\{[\w.]+\})+:([a-z-]+)|'-t',\s*['"`]([a-z,-]+)|['"`,]([a-z-]+)-(?:sample|\$\{)/g;

/** Executors that these files start through Nx. */
function executorsOf(files: readonly string[]): string[] {
  const known = readdirSync(EXECUTORS);
  const words = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(TARGETS)].flatMap(([, ...found]) =>
      found.flatMap((text) => text?.split(',') ?? []),
    ),
  );
  const plain = words.map((word) => word.replace(/-(sample(-unified)?)?$/, ''));
  return [...new Set(plain)].filter((word) => known.includes(word)).sort();
}

describe('the parts of the end-to-end specs', () => {
  it('have every spec in exactly one of them', () => {
    const wrong = SPECS.filter((spec) => partsOf(spec).length !== 1);
    expect(wrong).toEqual([]);
    expect(SPECS).toEqual(expect.arrayContaining(BUILDING.map((name) => `${name}.spec.ts`)));
  });

  it('that build load no library but those that the part names', () => {
    const executors = executorsOf(inE2e(building));
    expect(executors).toEqual(expect.arrayContaining(['build', 'compile', 'plan', 'verify']));
    const loaded = executors.flatMap((name) =>
      ['executor.ts', 'hasher.ts']
        .filter((file) => readdirSync(join(EXECUTORS, name)).includes(file))
        .map((file) => join(EXECUTORS, name, file)),
    );
    const plugin = join(ROOT, 'tools/executors/src/plugin.ts');
    const libraries = librariesOf([...building, ...loaded, plugin]);
    expect([...libraries].filter((name) => !BUILDING_LIBRARIES.includes(name))).toEqual([]);
  });

  it.each(E2E_PARTS.map(({ name }) => name))(
    '%s: Nx digests every path that its specs read',
    (part) => {
      const files = filesOf(part);
      const unread = pathsOf(part).filter(
        (path) => !files.some((file) => file === path || file.startsWith(`${path}/`)),
      );
      expect(unread).toEqual([]);
      if (part === 'documents') return;
      // Nothing of a document changes what another spec finds, but for the table that one measures.
      const documents = files.filter((file) => /^(docs\/|[^/]+\.md$)/.test(file));
      expect(documents).toEqual(part === 'release' ? ['docs/affected.md'] : []);
    },
    60_000,
  );
});
