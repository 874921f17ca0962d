import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CreateNodesV2, TargetConfiguration } from '@nx/devkit';
import { E2E_PARTS } from './e2e-parts.ts';
import { LINT_INPUTS, testInputs, typecheckInputs } from './inputs.ts';
import { RESULTS_FOLDER } from './test-results.ts';

export const name = '@vllm-cpu/workspace';

/** Projects without code of their own. */
const DATA = /^packages\/(variant-.*|upstream|wheels)$/;

/** Projects that have code, and nothing that jest runs. */
const WITHOUT_SPECS = ['.', 'benchmarks'];

/** Infers `lint`, `typecheck` and `test` for every project of this repository. */
export const createNodesV2: CreateNodesV2 = [
  '{project.json,{libs,tools,packages}/*/{package.json,project.json,variant.json},packages/{upstream,wheels}/README.md,{e2e,benchmarks}/project.json}',
  (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file);
      const targets: Record<string, TargetConfiguration> = { lint: target('lint', LINT_INPUTS) };
      if (!DATA.test(root)) {
        const named = nameOf(workspaceRoot, root);
        targets['typecheck'] = target('typecheck', typecheckInputs(named));
        if (root === 'e2e') Object.assign(targets, e2eTargets());
        else if (!WITHOUT_SPECS.includes(root)) {
          targets['test'] = {
            ...target('test', testInputs(named)),
            outputs: [`{workspaceRoot}/${RESULTS_FOLDER}/{projectName}.json`],
          };
        }
      }
      return [file, { projects: { [root]: { targets } } }] as const;
    }),
];

export const createNodes = createNodesV2;

/** `test`, and a target for each part of it, whose result is kept by itself. */
function e2eTargets(): Record<string, TargetConfiguration> {
  const parts = E2E_PARTS.map(({ name, specs, inputs }) => {
    const results = `e2e-${name}`;
    const outputs = [`{workspaceRoot}/${RESULTS_FOLDER}/${results}.json`];
    const own = { ...target('test', inputs), outputs, options: { specs, results } };
    return [`test-${name}`, own] as const;
  });
  const test = { executor: 'nx:noop', dependsOn: parts.map(([name]) => name) };
  return { test, ...Object.fromEntries(parts) };
}

const DESCRIPTIONS = {
  lint: 'ESLint, the boundaries between projects, and prettier',
  typecheck: 'what TypeScript says about this project',
  test: 'the specs of this project',
};

function target(executor: keyof typeof DESCRIPTIONS, inputs: unknown[]): TargetConfiguration {
  return {
    executor: `${name}:${executor}`,
    cache: true,
    inputs: inputs as TargetConfiguration['inputs'] & unknown[],
    metadata: { description: DESCRIPTIONS[executor] },
  };
}

/** The project's name in Nx, as its package.json or project.json says it. */
function nameOf(workspaceRoot: string, root: string): string {
  const read = (file: string) => {
    const path = join(workspaceRoot, root, file);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Named) : undefined;
  };
  return read('project.json')?.name ?? read('package.json')?.nx?.name ?? root;
}

interface Named {
  name?: string;
  nx?: { name?: string };
}
