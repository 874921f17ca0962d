import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

interface Entry {
  link?: boolean;
  integrity?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const text = readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8');
const { packages } = JSON.parse(text) as { packages: Record<string, Entry> };
/** Not those of this repository, which are links or copies of a folder. */
const installed = Object.entries(packages).filter(
  ([path, { link, resolved }]) =>
    path.includes('node_modules/') && !link && !resolved?.startsWith('file:'),
);

it('package-lock.json has the optional packages of all platforms, so that npm ci takes it', () => {
  const absent = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`],
    ),
  );
  expect(absent).toEqual([]);
});

it('package-lock.json has a digest of every package and names no registry, so that any mirror will do', () => {
  expect(installed.filter(([, { integrity }]) => !integrity)).toEqual([]);
  expect(installed.filter(([, { resolved }]) => resolved?.includes('://'))).toEqual([]);
});
