import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { WORKSPACE_SCOPE } from '@vllm-cpu/system/source-closure';
import ts from 'typescript';
import { REACHED_BY_SPECS } from './inputs.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** TypeScript files of a project, specs or all others. */
function filesOf(project: string, specs: boolean): string[] {
  return readdirSync(join(ROOT, project), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name.endsWith('.spec.ts') === specs)
    .map((name) => join(ROOT, project, name));
}

/** Libraries that these files import, directly or not, as TypeScript's scanner sees it. */
function librariesOf(files: readonly string[]): Set<string> {
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
  const paths = [...seen].map((file) => relative(ROOT, file));
  return new Set(paths.flatMap((path) => /^libs\/([^/]+)\//.exec(path)?.[1] ?? []));
}

describe('the inputs of tests', () => {
  const projects = [
    ...readdirSync(join(ROOT, 'libs'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => [name, `libs/${name}`] as const),
    ...['cpu-detect', 'images'].map((name) => [name, `packages/${name}`] as const),
    ...['executors', 'cache-server', 'workspace'].map((name) => [name, `tools/${name}`] as const),
  ];

  it.each(projects)('of %s name every library that its specs reach', (name, root) => {
    const imported = librariesOf(filesOf(root, false));
    const reached = [...librariesOf(filesOf(root, true))].filter(
      (library) => !imported.has(library) && library !== 'testing' && library !== name,
    );
    expect([...(REACHED_BY_SPECS[name] ?? [])].sort()).toEqual(reached.sort());
  });
});
