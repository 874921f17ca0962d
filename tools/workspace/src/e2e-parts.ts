import { MACHINE } from './inputs.ts';
import type { Input } from './inputs.ts';

/** End-to-end specs that are run, cached and found affected together, by the target `test-<name>`. */
export interface E2ePart {
  name: string;
  /** What the specs of this part, and only they, are called behind `e2e/`: a regular expression. */
  specs: string;
  inputs: Input[];
}

/** Specs that look at files of this repository, and are done in seconds. */
const RULES = ['bootstrap', 'expressions', 'package-lock', 'unlocked-installs', 'workflow-rules'];

/** Specs that read the documents. */
const DOCUMENTS = ['documented-code', 'documented-commands'];

/** Specs whose clones only plan, compile, build and verify wheels. */
export const BUILDING: readonly string[] = [
  ...['caching', 'compiler-cache', 'instruction-sets', 'killed', 'locked-build'],
  ...['reproducible', 'shared-cache', 'unified'],
];

/** Libraries that these clones load: all but publishing, images, making pins, and their registries. */
export const BUILDING_LIBRARIES: readonly string[] = [
  ...['cmake', 'commands', 'compile', 'elf', 'index', 'isa', 'package', 'python', 'report'],
  ...['sources', 'system', 'testing', 'variant', 'verify', 'wheel'],
];

// `nx affected` takes no notice of an input that begins with `!`: what is not read is not listed.
const code = (folders: string): Input => `{workspaceRoot}/${folders}/**/!(*.spec.ts|*.md)`;

const ROOT_FILES: Input[] = [
  '{workspaceRoot}/{.gitignore,.node-version,.npmrc,LICENSE,jest.config.js}',
  '{workspaceRoot}/{nx,package,package-lock,project,tsconfig.workspace}.json',
];

/** The product without the detector, publishing and workflows. */
const BUILDING_INPUTS: Input[] = [
  ...ROOT_FILES,
  '{workspaceRoot}/{libs,packages,tools}/*/{package,project}.json',
  code(`libs/{${BUILDING_LIBRARIES.join()}}`),
  code('tools/{bundle,cache-server,executors,python,workspace}'),
  code('scripts'),
  '{workspaceRoot}/packages/{variant-*,upstream,wheels}/**/*',
  // Their /proc/cpuinfo is that of other build hosts.
  '{workspaceRoot}/packages/cpu-detect/fixtures/*',
];

const named = (names: readonly string[]) => String.raw`(${names.join('|')})\.spec\.ts$`;
const specs = (names: readonly string[]): Input => `{projectRoot}/{${names.join()}}.spec.ts`;
const SUPPORT: Input = '{projectRoot}/support/**/*';

/** Of all code. */
const ALL_CODE: Input[] = [
  '{workspaceRoot}/**/*.{ts,mjs,cjs,js,json,py,sh,yml,yaml,txt}',
  '{workspaceRoot}/**/{Dockerfile,run,.gitignore,.npmrc,.node-version}',
];

/** Of the project `e2e`. Specs that no list names read the whole product. */
export const E2E_PARTS: readonly E2ePart[] = [
  {
    name: 'rules',
    specs: named(RULES),
    inputs: ALL_CODE,
  },
  {
    name: 'documents',
    specs: named(DOCUMENTS),
    inputs: [...ALL_CODE, '{workspaceRoot}/**/*.md'],
  },
  {
    name: 'build',
    specs: named(BUILDING),
    inputs: [SUPPORT, specs(BUILDING), ...BUILDING_INPUTS],
  },
  {
    name: 'release',
    specs: `(?!${named([...RULES, ...DOCUMENTS, ...BUILDING])})`,
    inputs: [
      ...[
        SUPPORT,
        '{projectRoot}/*.spec.ts',
        `!${specs([...RULES, ...DOCUMENTS, ...BUILDING]) as string}`,
      ],
      ...BUILDING_INPUTS,
      ...['{workspaceRoot}/.prettierrc.json', '{workspaceRoot}/docs/affected.md'],
      ...[code('{libs,tools}'), code('{.ci,.github,.nx/workflows}')],
      '{workspaceRoot}/packages/images/**/*',
      '{workspaceRoot}/packages/cpu-detect/*',
      code('packages/cpu-detect/{data,requirements,scripts,src}'),
      code('packages/cpu-detect/python/vllm_cpu_detect'),
    ],
  },
].map((part) => ({ ...part, inputs: [...part.inputs, ...MACHINE] }));
