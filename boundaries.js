// Who may import whom: the lint rule below enforces it, docs/architecture.md draws it.
import boundaries from 'eslint-plugin-boundaries';

/** What stages share. Each may import those before it, so that no two need each other. */
export const NOUNS = [
  ...['system', 'variant', 'cmake', 'python', 'elf', 'isa'],
  ...['wheel', 'report', 'index', 'sources', 'registry', 'github'],
];
/** A stage imports nouns, never another stage. */
export const STAGES = ['pin', 'compile', 'package', 'verify', 'publish', 'image'];

/** Project -> what its source may import besides itself; `testing` is for specs. */
export const ALLOWED = {
  ...Object.fromEntries(NOUNS.map((noun, position) => [noun, NOUNS.slice(0, position)])),
  ...Object.fromEntries(STAGES.map((stage) => [stage, NOUNS])),
  commands: [...NOUNS, ...STAGES],
  testing: [...NOUNS, ...STAGES],
  executors: [...NOUNS, ...STAGES, 'commands'],
  ci: [...NOUNS, ...STAGES, 'commands'],
  bundle: ['system'],
  'cache-server': ['system'],
  workspace: ['system'],
  'cpu-detect': ['system', 'variant', 'python'],
  images: ['system', 'package', 'cpu-detect'],
  benchmarks: [...NOUNS, ...STAGES, 'commands', 'testing', 'e2e'],
  e2e: [...NOUNS, ...STAGES, 'commands', 'testing', 'executors', 'ci', 'cpu-detect'],
};

const FOLDERS = {
  executors: 'tools/executors',
  bundle: 'tools/bundle',
  ci: 'tools/ci',
  'cache-server': 'tools/cache-server',
  workspace: 'tools/workspace',
  'cpu-detect': 'packages/cpu-detect',
  images: 'packages/images',
  benchmarks: 'benchmarks',
  e2e: 'e2e',
};

const to = (types) => ({ to: { element: { types: { anyOf: types } } } });

const MESSAGE =
  '{{from.element.types}} must not import {{to.element.types}}: see boundaries.js and docs/architecture.md.';

/** For each project its own policy: the plugin tries every policy that it is given on every import. */
const policies = Object.entries(ALLOWED).map(([type, allowed]) => ({
  files: [`${FOLDERS[type] ?? `libs/${type}`}/**/*.ts`],
  rules: {
    'boundaries/dependencies': [
      'error',
      {
        default: 'disallow',
        message: MESSAGE,
        policies: [
          { from: { element: { type } }, allow: to([type, ...allowed]) },
          { from: { file: { categories: 'spec' } }, allow: to(['testing']) },
        ],
      },
    ],
  },
}));

export default [
  {
    files: ['{libs,tools,packages,benchmarks,e2e}/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': Object.keys(ALLOWED).map((type) => ({
        type,
        pattern: FOLDERS[type] ?? `libs/${type}`,
      })),
      'boundaries/files': [
        { category: 'spec', pattern: ['**/*.spec.ts', '**/test/**', '**/testing/**'] },
      ],
      'import/resolver': { typescript: { project: 'tsconfig.workspace.json' } },
    },
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: String.raw`^(\.\./)+[\w-]+/src/`,
              message: 'Another library is imported by its name: @vllm-cpu/<library>/<module>.',
            },
          ],
        },
      ],
    },
  },
  ...policies,
];
