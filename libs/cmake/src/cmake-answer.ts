import { basename } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';

/** An extension module as upstream's cmake would compile it. */
export interface CmakeModule {
  name: string;
  /** Base name of the cmake file that defines it. */
  definedIn: string;
  cxxStandard: string;
  /** USE_SABI as it is written ("3", "3.11"); null where the module is not abi3. */
  sabi: string | null;
  /** Paths in upstream's repository. */
  sources: string[];
  /** All of them, in order; not only those for instruction sets. */
  flags: string[];
  /** The module's own, without -D. */
  definitions: string[];
}

/** What upstream's cmake does on one machine. */
export interface CmakeAnswer {
  modules: CmakeModule[];
  /** Git projects that it fetches, as `FetchContent` names them in lower case: tag or commit. */
  fetched: Readonly<Record<string, string>>;
  /** Variables that a fetched project is configured with, by its name in lower case. */
  options: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Questions to the compiler, all answered with no. */
  probes: { variable: string; flag: string }[];
}

const lineSchema = z.tuple([z.string()], z.string());

/** Parses what stubs/ask.cmake recorded. @throws VllmCpuError UPSTREAM_CMAKE for a record without its end */
export function parseAnswer(text: string, title: string): CmakeAnswer {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseJson(line, lineSchema, `cmake's answer for ${title}`));
  if (lines.at(-1)?.[0] !== 'end') throw incomplete(title);
  const rows = (kind: string): string[][] =>
    lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const of = (kind: string, module: string): string[] =>
    rows(kind).flatMap(([owner, value]) =>
      owner === module && value !== undefined ? [value] : [],
    );
  return {
    modules: rows('module').map(([name = '', file = '', cxxStandard = '', sabi = '']) => ({
      name,
      definedIn: basename(file),
      cxxStandard,
      sabi: sabi || null,
      sources: of('source', name),
      flags: of('flag', name),
      definitions: of('definition', name),
    })),
    fetched: Object.fromEntries(
      rows('fetch').flatMap(([name = '', , tag = '']) => (tag ? [[name.toLowerCase(), tag]] : [])),
    ),
    options: optionsOf(rows('option')),
    probes: rows('probe').map(([variable = '', flag = '']) => ({ variable, flag })),
  };
}

function optionsOf(rows: readonly string[][]): Record<string, Record<string, string>> {
  const options: Record<string, Record<string, string>> = {};
  for (const [project = '', variable = '', value = ''] of rows) {
    (options[project.toLowerCase()] ??= {})[variable] = value;
  }
  return options;
}

function incomplete(title: string): VllmCpuError {
  return new VllmCpuError({
    code: 'UPSTREAM_CMAKE',
    what: `the cmake files of ${title} returned early`,
    why: 'They use a return() at the top level or an include that the stubs do not handle.',
    next: 'Read its CMakeLists.txt and handle the new case in libs/cmake/src/stubs/ask.cmake.',
  });
}
