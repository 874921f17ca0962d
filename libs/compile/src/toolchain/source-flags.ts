import { readFile, readdir } from 'node:fs/promises';
import { join, normalize, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Runner } from '@vllm-cpu/system/run';
import { machineFlags, sameFlags } from './configured-flags.ts';

/** What a level's module must be compiled with. */
export interface ModuleFlags {
  /** cmake's target. */
  module: string;
  /** -m flags, sorted. */
  all: readonly string[];
  /** Those of `all` that only sources have which ask for them; empty: each source has them all. */
  some: readonly string[];
  /** Without -D: what each source with all flags is compiled with. */
  definitions: readonly string[];
}

/** The sources with all flags of their module, where others have less; for the manifest. */
export interface SourcesWithFlags {
  flags: readonly string[];
  files: readonly string[];
}

/** A finished build: upstream's sources, and the environment in which they were compiled. */
export interface Build {
  tree: string;
  env: Readonly<Record<string, string>>;
}

/** What ninja knows of a build. */
interface Ninja {
  /** Where it ran. */
  folder: string;
  /** What one of its tools prints. */
  ask: (tool: string) => Promise<string>;
}

/** One command of the compiler. */
interface Compiled {
  /** As ninja names it. */
  object: string;
  /** Relative to the tree. */
  file: string;
  flags: readonly string[];
  definitions: readonly string[];
}

const databaseSchema = z.array(
  z.object({ command: z.string(), file: z.string(), output: z.string() }),
);

/**
 * Compares the commands that the module's sources were compiled with, as ninja has them, with the
 * level. A source without the flags in `some` must not ask for them: the preprocessor would have left
 * out code that the level's CPUs are meant to run. What each has read is known from the compiler.
 * @returns the sources with all flags; undefined where all have them
 * @throws VllmCpuError SOURCE_FLAGS_DIFFER
 */
export async function checkSourceFlags(
  runner: Runner,
  build: Build,
  expected: ModuleFlags,
): Promise<SourcesWithFlags | undefined> {
  const ninja = await ninjaOf(runner, build);
  const compiled = await commandsOf(ninja, build.tree, expected.module);
  const full = compiled.filter(({ flags }) => sameFlags(flags, expected.all));
  const common = expected.all.filter((flag) => !expected.some.includes(flag));
  const plain = compiled.filter((each) => !full.includes(each) && sameFlags(each.flags, common));
  const other = compiled.filter((each) => !full.includes(each) && !plain.includes(each));
  const wrong = [
    ...(full.length === 0 ? [`no source has ${expected.all.join(' ')}`] : []),
    ...other.map(({ file, flags }) => `${file} has ${flags.join(' ') || 'none'}`),
  ];
  if (plain.length > 0) {
    wrong.push(...undefinedIn(full, expected.definitions));
    wrong.push(...(await asking(ninja, plain, await ownHeaders(runner, build), expected)));
  }
  if (wrong.length > 0) throw sourceFlagsDiffer(expected, wrong);
  if (plain.length === 0) return undefined;
  return { flags: expected.some, files: full.map(({ file }) => file) };
}

async function commandsOf(ninja: Ninja, tree: string, module: string): Promise<Compiled[]> {
  return parseJson(await ninja.ask('compdb'), databaseSchema, "ninja's commands")
    .filter(({ output }) => output.startsWith(`CMakeFiles/${module}.dir/`))
    .map(({ command, file, output }) => {
      const words = command.split(/\s+/);
      const definitions = words.filter((word) => word.startsWith('-D'));
      return {
        object: output,
        file: relative(tree, resolve(ninja.folder, file)),
        flags: machineFlags(words),
        definitions: definitions.map((word) => word.slice(2)),
      };
    });
}

function undefinedIn(compiled: readonly Compiled[], names: readonly string[]): string[] {
  return compiled.flatMap(({ file, definitions }) =>
    names
      .filter((name) => !definitions.includes(name))
      .map((name) => `${file} is compiled without -D${name}`),
  );
}

/** Which sources, compiled without the flags in `some`, read a file that names what these define. */
async function asking(
  ninja: Ninja,
  plain: readonly Compiled[],
  own: string,
  { some, definitions }: ModuleFlags,
): Promise<string[]> {
  const read = dependencies(await ninja.ask('deps'));
  const namesIn = nameFinder([...some.map(nameOfFlag), ...definitions]);
  const wrong: string[] = [];
  for (const { object, file, definitions: defined } of plain) {
    const paths = read.get(object)?.map((path) => resolve(ninja.folder, path));
    if (!paths) wrong.push(`what ${file} includes is unknown`);
    // Headers of intrinsics ask, and are the same for all. A precompiled header has a line of its own.
    for (const path of paths?.filter((each) => !each.startsWith(own) && !each.endsWith('.gch')) ??
      []) {
      const name = (await namesIn(path)).find((each) => !defined.includes(each));
      if (name) wrong.push(`${file} lacks ${some.join(' ')}, but ${path} asks for ${name}`);
    }
  }
  return wrong;
}

/** Which of `names` a file has. Most headers are asked about for each source, and read once. */
function nameFinder(names: readonly string[]): (path: string) => Promise<string[]> {
  const known = new Map<string, string[]>();
  return async (path) => {
    const text = known.has(path) ? '' : await readFile(path);
    const found = known.get(path) ?? names.filter((name) => text.includes(name));
    known.set(path, found);
    return found;
  };
}

/** `-mamx-bf16` defines `__AMX_BF16__`. Shorter, so that a name made from parts is found as well. */
export function nameOfFlag(flag: string): string {
  return flag.slice('-m'.length).toUpperCase().replaceAll(/[-.]/g, '_');
}

/** `ninja -t deps`: a line for an object, then an indented one for each file that was read. */
function dependencies(text: string): Map<string, string[]> {
  const objects = new Map<string, string[]>();
  let files: string[] = [];
  for (const line of text.split('\n')) {
    const object = /^(\S.*): #deps \d+, .*\(VALID\)$/.exec(line)?.[1];
    if (object) objects.set(object, (files = []));
    else if (line.startsWith(' ')) files.push(line.trim());
  }
  return objects;
}

/** The folder of the compiler's own headers, with a separator behind it. */
async function ownHeaders(runner: Runner, { env }: Build): Promise<string> {
  const { stdout } = await runner.run({ argv: ['g++', '-print-file-name=include'], env });
  return normalize(stdout.trim()) + sep;
}

/** setuptools names the folder after the platform and the Python. */
async function ninjaOf(runner: Runner, { tree, env }: Build): Promise<Ninja> {
  const folders = await readdir(join(tree, 'build'));
  const folder = join(tree, 'build', folders.find((name) => name.startsWith('temp.')) ?? '');
  const ask: Ninja['ask'] = async (tool) =>
    (await runner.run({ argv: ['ninja', '-t', tool], cwd: folder, env })).stdout;
  return { folder, ask };
}

function sourceFlagsDiffer({ module, all, some }: ModuleFlags, wrong: string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'SOURCE_FLAGS_DIFFER',
    what: `sources of ${module} are compiled with other instruction sets than the level's: ${wrong.slice(0, 5).join('; ')}`,
    why: `Each must have ${all.join(' ')}${some.length > 0 ? `, or all of these but ${some.join(' ')} if nothing in it depends on them` : ''}.`,
    next: 'Adapt the list of sources in the edit with givesFlags (packages/upstream/edits) to this release.',
  });
}
