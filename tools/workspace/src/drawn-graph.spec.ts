import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { WORKSPACE_SCOPE } from '@vllm-cpu/system/source-closure';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../../..');
const PROJECT = /^(?:libs|tools|packages)\/([^/]+)\//;
/** Drawn without it: only specs import it. */
const TESTING = 'testing';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Project -> projects that its source imports, specs left out. */
function imports(): Graph {
  const graph = new Map<string, Set<string>>();
  for (const folder of ['libs', 'tools', 'packages/cpu-detect']) {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => /^[^.].*(?<!\.spec)\.ts$/.test(each))) {
      if (/(^|\/)(test|testing|node_modules)\//.test(name)) continue;
      const file = join(ROOT, folder, name);
      const from = projectOf(file);
      for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8')).importedFiles) {
        const to = importedProject(fileName, file);
        if (from && to && to !== from) graph.set(from, (graph.get(from) ?? new Set()).add(to));
      }
    }
  }
  return graph;
}

function projectOf(file: string): string | undefined {
  return PROJECT.exec(relative(ROOT, file))?.[1];
}

function importedProject(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('.')) return projectOf(join(dirname(importer), specifier));
  if (!specifier.startsWith(WORKSPACE_SCOPE)) return undefined;
  return projectOf(createRequire(importer).resolve(specifier));
}

/** Without the arrows that follow from others. */
function reduced(graph: Graph): string[] {
  const reaches = (from: string, to: string, except?: string): boolean =>
    [...(graph.get(from) ?? [])].some(
      (next) => next !== except && (next === to || reaches(next, to)),
    );
  return [...graph].flatMap(([from, targets]) =>
    [...targets].filter((to) => !reaches(from, to, to)).map((to) => `${from} --> ${to}`),
  );
}

/** The arrows of the picture: `a --> b & c`. */
function drawn(): string[] {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const picture = /```mermaid\nflowchart TB\n([^`]*)```/.exec(page)?.[1] ?? '';
  return [...picture.matchAll(/^ *(\S+) --> (.+)$/gm)].flatMap(([, from = '', targets = '']) =>
    targets.split(' & ').map((to) => `${from} --> ${to}`),
  );
}

it('the picture in docs/architecture.md is what the projects import', () => {
  expect(imports().has(TESTING)).toBe(false);
  expect(drawn().sort()).toEqual(reduced(imports()).sort());
});
