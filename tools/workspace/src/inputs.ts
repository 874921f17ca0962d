import type { TargetConfiguration } from '@nx/devkit';

export type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** What ESLint and prettier read besides the files themselves. */
export const LINT_INPUTS: Input[] = [
  '{projectRoot}/**/*',
  '{workspaceRoot}/{eslint.config.js,boundaries.js,tsconfig.workspace.json}',
  '{workspaceRoot}/{.prettierrc.json,.prettierignore}',
  // Which modules a library lets others import.
  '{workspaceRoot}/libs/*/package.json',
  '{workspaceRoot}/tools/{bundle,workspace}/**/*',
  {
    externalDependencies: [
      ...['eslint', '@eslint/js', 'typescript-eslint', 'eslint-config-prettier', 'prettier'],
      ...['eslint-plugin-boundaries', 'eslint-import-resolver-typescript', 'typescript'],
    ],
  },
];

/** Every file of the projects that this one imports. */
const IMPORTED: Input = '^source';

/**
 * Libraries that the specs of a project reach through `testing`, whose edges are not in the project
 * graph: there they would be circles. A spec holds this against the imports.
 */
export const REACHED_BY_SPECS: Readonly<Record<string, readonly string[]>> = {
  image: ['compile'],
  images: ['system', 'variant', 'python', 'elf', 'wheel', 'sources', 'package'],
  index: ['sources', 'publish'],
  publish: ['package'],
  report: ['sources'],
  sources: ['compile', 'index', 'wheel'],
  verify: ['package'],
};

function reached(project: string): Input[] {
  const libraries = ['testing', ...(REACHED_BY_SPECS[project] ?? [])];
  return libraries.flatMap((library) => [
    `{workspaceRoot}/libs/${library}/src/**/*`,
    `!{workspaceRoot}/libs/${library}/src/**/*.spec.ts`,
  ]);
}

const TYPECHECK_TOOLS: Input[] = [
  '{workspaceRoot}/{tsconfig.workspace.json,package-lock.json}',
  '{workspaceRoot}/tools/{bundle,workspace}/**/*',
];

export function typecheckInputs(project: string): Input[] {
  // The demo's table is the one module that a script imports.
  if (project === 'repository') {
    return [
      '{workspaceRoot}/scripts/*.mjs',
      '{workspaceRoot}/libs/*/src/**/*.ts',
      ...TYPECHECK_TOOLS,
    ];
  }
  return [
    'source',
    '{projectRoot}/**/*.spec.ts',
    IMPORTED,
    ...reached(project),
    ...TYPECHECK_TOOLS,
  ];
}

/** What specs read of the machine: whether a tool is there decides what can be tried. */
export const MACHINE: Input[] = [
  { runtime: 'node tools/workspace/machine.mjs' },
  { env: 'VLLM_CPU_NO_SKIP' },
];

/** The variants, the pins and the images of this repository, and the locks of what specs install. */
const REPOSITORY: Input[] = [
  '{workspaceRoot}/packages/variant-*/variant.json',
  '{workspaceRoot}/packages/{upstream,images}/**/*',
  '{workspaceRoot}/tools/python/*',
  '{workspaceRoot}/.github/build-images.json',
];
/**
 * Projects whose specs try themselves on those, not only on what they make themselves. A spec holds this
 * against the paths in their source.
 */
export const READING_REPOSITORY: readonly string[] = [
  ...[
    'commands',
    'compile',
    'image',
    'index',
    'package',
    'pin',
    'publish',
    'python',
    'report',
    'sources',
    'verify',
  ],
  ...['ci', 'cpu-detect', 'executors', 'images'],
];

/** What specs about the house itself read. */
const HOUSE: Input[] = [
  '{workspaceRoot}/{e2e,libs,packages,tools}/**/*.ts',
  '{workspaceRoot}/{boundaries.js,docs/architecture.md}',
];

export function testInputs(project: string): Input[] {
  return [
    '{projectRoot}/**/*',
    IMPORTED,
    ...reached(project),
    '{workspaceRoot}/{jest.config.js,package-lock.json}',
    '{workspaceRoot}/tools/{bundle,workspace}/**/*',
    ...(READING_REPOSITORY.includes(project) ? REPOSITORY : []),
    ...(project === 'workspace' ? HOUSE : []),
    ...MACHINE,
  ];
}
