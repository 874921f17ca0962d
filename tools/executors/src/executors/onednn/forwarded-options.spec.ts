import { join } from 'node:path';
import type { CreateNodesContextV2, TargetConfiguration } from '@nx/devkit';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import type { z } from 'zod';
import { createNodesV2 } from '../../plugin.ts';
import { EXECUTOR_OPTIONS } from '../../schemas/generated-schemas.ts';
import { oneDnnOptions } from './options.ts';

const ROOT = join(import.meta.dirname, '../../../../..');
const ONEDNN = /^upstream:onednn-/;

/** Every target of this repository by its id, and the ids of those that it depends on. */
type Graph = ReadonlyMap<string, { executor: string; dependsOn: readonly string[] }>;

async function graphOf(): Promise<Graph> {
  const files = [
    ...loadVariants(ROOT).map(({ name }) => `packages/variant-${name}/variant.json`),
    'packages/upstream/releases/sample.json',
  ];
  const context = { workspaceRoot: ROOT, nxJsonConfiguration: {} } as CreateNodesContextV2;
  const inferred = await createNodesV2[1](files, undefined, context);
  const projects = inferred.flatMap(([, { projects: made }]) => Object.values(made ?? {}));
  return new Map(
    projects.flatMap(({ name = '', targets = {} }) =>
      Object.entries(targets).map(([target, each]) => [
        `${name}:${target}`,
        { executor: each.executor ?? '', dependsOn: dependenciesOf(name, each) },
      ]),
    ),
  );
}

function dependenciesOf(project: string, { dependsOn = [] }: TargetConfiguration): string[] {
  return dependsOn.flatMap((each) => {
    if (typeof each === 'string') return [`${project}:${each}`];
    return [each.projects ?? project].flat().map((name) => `${name}:${each.target}`);
  });
}

function reachesOneDnn(id: string, graph: Graph): boolean {
  return (graph.get(id)?.dependsOn ?? []).some(
    (next) => ONEDNN.test(next) || reachesOneDnn(next, graph),
  );
}

describe('options that Nx forwards to the task of oneDNN', () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphOf();
  });

  it('are known, whichever target above it was asked for', () => {
    const above = [...graph].filter(([id]) => reachesOneDnn(id, graph));
    const executors = new Set(above.map(([, { executor }]) => executor.replace(/^.*:/, '')));
    expect([...executors]).toEqual(expect.arrayContaining(['compile', 'infer', 'publish']));
    const known = [...Object.keys(oneDnnOptions.all.shape), ...oneDnnOptions.ignored];
    const unknown = [...executors].flatMap((name) => {
      const shape = (EXECUTOR_OPTIONS[name] as z.ZodObject | undefined)?.shape ?? {};
      return Object.keys(shape)
        .filter((option) => !known.includes(option))
        .map((option) => `${name}: ${option}`);
    });
    expect(unknown).toEqual([]);
  });
});
