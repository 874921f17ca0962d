import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateNodesContextV2, TargetConfiguration } from '@nx/devkit';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { createNodesV2 } from '../tools/executors/src/plugin.ts';
import { optionProperty } from '../tools/executors/src/executors/parse-options.ts';
import { EXECUTOR_OPTIONS } from '../tools/executors/src/schemas/generated-schemas.ts';
import { documents, readDocument as read, ROOT } from './support/documents.ts';

/** Options of Nx itself that the documents use. */
const NX_OPTIONS = [
  ...['base', 'exclude', 'explain', 'files', 'graph', 'head', 'help'],
  ...['output-style', 'parallel', 'verbose'],
];
const NX_COMMANDS = ['affected', 'connect', 'release', 'reset', 'run', 'run-many', 'show'];

interface Command {
  place: string;
  words: readonly string[];
}

describe('the commands in the documents', () => {
  const commands = documents().flatMap((file) => commandsOf(file));

  it('are found', () => {
    expect(commands.length).toBeGreaterThan(40);
  });

  it('are commands of Nx', () => {
    expect(commands.filter(({ words }) => !NX_COMMANDS.includes(words[0] ?? ''))).toEqual([]);
  });

  it('run targets that exist, with options that they have', async () => {
    const targets = await allTargets();
    const wrong = commands.flatMap(({ place, words }) =>
      targetsOf(words).flatMap(([project, name]) => {
        const found = matching(targets, project, name);
        if (found.length === 0) return [`${place}: no target ${project ?? '*'}:${name}`];
        if (found.every(isOldName)) return [`${place}: ${name} is an old name`];
        return optionsIn(words)
          .filter((option) => !found.some((target) => takes(targets, target, option)))
          .map((option) => `${place}: ${name} has no option --${option}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('and all texts write options in kebab case', () => {
    const wrong = documents().flatMap((file) =>
      [...read(file).matchAll(/--[a-z]+[A-Z]\w*/g)].map(([option]) => `${file}: ${option}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** What follows `npx nx` up to the end of the line, of the code or of the shell's command. */
function commandsOf(file: string): Command[] {
  return read(file)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/npx nx ([^`#|&]+)/g)].map(([, text = '']) => ({
        place: `${file}:${index + 1}`,
        words: unescaped(text).match(/"[^"]*"|[^\s"]+(?:"[^"]*")?/g) ?? [],
      })),
    );
}

/** Up to the punctuation of a sentence. Markdown escapes brackets; an ellipsis is a placeholder too. */
function unescaped(text: string): string {
  const [command = ''] = text.split(/[.,;)]+(?:\s|$)/);
  return command.replace(/\\([<>])/g, '$1').replaceAll('…', '<name>');
}

type Targets = ReadonlyMap<string, Readonly<Record<string, TargetConfiguration>>>;

async function allTargets(): Promise<Targets> {
  const files = [
    ...loadVariants(ROOT).map(({ name }) => `packages/variant-${name}/variant.json`),
    'packages/upstream/releases/sample.json',
  ];
  const context = { workspaceRoot: ROOT, nxJsonConfiguration: {} } as CreateNodesContextV2;
  const inferred = await createNodesV2[1](files, undefined, context);
  const targets = new Map<string, Record<string, TargetConfiguration>>();
  for (const [, { projects }] of inferred) {
    for (const project of Object.values(projects ?? {})) {
      targets.set(project.name ?? '', project.targets ?? {});
    }
  }
  for (const file of ['packages/cpu-detect/project.json']) {
    const project = JSON.parse(read(file)) as { name: string; targets: object };
    targets.set(project.name, project.targets as Record<string, TargetConfiguration>);
  }
  const parts = ['test-build', 'test-documents', 'test-release', 'test-rules'];
  const names = ['lint', 'typecheck', 'test', ...parts];
  const checks = names.map((name) => [name, { executor: name }] as const);
  return targets.set('repository', Object.fromEntries(checks));
}

/** Projects and targets of a command line; a placeholder may end a name. */
function targetsOf(words: readonly string[]): [project: string | undefined, name: string][] {
  const plain = words.map((word) =>
    word.replace(/variant-(X|<\w+>)|^<\w+>(?=:)/, 'variant-avx512').replace(/-R$/, '-<release>'),
  );
  const [command, first = ''] = plain;
  if (command === 'run') {
    const [project, name = project ?? ''] = first.split(':');
    return name.startsWith('<') ? [] : [[project, name]];
  }
  const at = plain.indexOf('-t');
  if (at < 0) return [];
  const names = plain.slice(at + 1);
  const end = names.findIndex((word) => word.startsWith('-'));
  return (end < 0 ? names : names.slice(0, end))
    .flatMap((word) => word.split(','))
    .filter((name) => !name.startsWith('<'))
    .map((name) => [undefined, name]);
}

function matching(targets: Targets, project: string | undefined, name: string) {
  return [...targets]
    .filter(([each]) => project === undefined || each === project)
    .flatMap(([, own]) =>
      Object.entries(own).flatMap(([each, target]) => (isNamed(each, name) ? [target] : [])),
    );
}

function isOldName({ executor }: TargetConfiguration): boolean {
  return executor?.endsWith(':renamed') ?? false;
}

/** `onednn-<name>` names every target that begins so. */
function isNamed(target: string, name: string): boolean {
  const [start = '', placeholder] = name.split('<');
  return placeholder === undefined ? target === name : target.startsWith(start);
}

function optionsIn(words: readonly string[]): string[] {
  return words
    .flatMap((word) => /^--([\w-]+)/.exec(word)?.[1] ?? [])
    .filter((option) => !NX_OPTIONS.includes(option));
}

/** An umbrella forwards its options to what it depends on. */
function takes(targets: Targets, target: TargetConfiguration, option: string): boolean {
  if (target.executor === 'nx:noop') {
    return (target.dependsOn ?? []).some(
      (each) =>
        typeof each !== 'string' &&
        matching(targets, undefined, each.target).some((one) => takes(targets, one, option)),
    );
  }
  const options = EXECUTOR_OPTIONS[target.executor?.split(':')[1] ?? ''];
  return options !== undefined && 'shape' in options
    ? optionProperty(option) in (options.shape as object)
    : false;
}

describe('the links in the documents', () => {
  it('lead to files and headings that exist', () => {
    const broken = documents().flatMap((file) =>
      [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(file, target))
        .map((target) => `${file}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, '');
}

function leadsSomewhere(file: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const place = path === '' ? file : join(file, '..', path);
  const found = statSync(join(ROOT, place), { throwIfNoEntry: false });
  if (!found || anchor === undefined) return found !== undefined;
  return found.isFile() && headings(read(place)).includes(anchor);
}

/** As GitHub makes anchors of headings. */
function headings(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

function withoutBlocks(text: string): string {
  return text.replace(/^```.*?^```/gms, '');
}
