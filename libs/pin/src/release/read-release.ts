import { parse } from 'smol-toml';
import { z } from 'zod';
import { CMAKE_FILES } from '@vllm-cpu/cmake/ask-cmake';
import type { CmakeTools } from '@vllm-cpu/cmake/ask-cmake';
import type { ReleaseSource } from '@vllm-cpu/sources/release';
import type { Variant } from '@vllm-cpu/variant/model';
import { readCpuExtension } from '../cmake/cpu-extension.ts';
import { countQuestions } from '../facts/question-count.ts';
import { requiredText } from './release-files.ts';
import type { ReleaseFiles } from './release-files.ts';
import { OFFICIAL_REPOSITORY } from '../versions/release-tags.ts';
import { directReferences, torchVersions } from '../facts/requirements.ts';
import { shapeError } from '../facts/shape.ts';
import type { AvailableRelease } from '../versions/version.ts';

/** The CPU build requirements, newest place first; everyone's before 0.9.2. */
const BUILD_REQUIREMENTS = [
  'requirements/build/cpu.txt',
  'requirements/cpu-build.txt',
  'requirements/build.txt',
];

const CPU_REQUIREMENTS = 'requirements/cpu.txt';

const projectSchema = z.looseObject({
  project: z.looseObject({ 'requires-python': z.string().min(1) }),
});

/** The part of a pin's source that stands in the release's own files. */
export type PackagingFacts = Omit<
  ReleaseSource,
  'kind' | 'repository' | 'tag' | 'commit' | 'commitTime' | 'sdist' | 'folders' | 'oneDnn'
> & { oneDnnTag: string | null };

/** Where a release's sources come from: what a pin says to find the same ones again. */
export type ReleaseOrigin = Pick<ReleaseSource, 'kind' | 'commit' | 'commitTime' | 'sdist'>;

/** What reading a release takes. */
export interface Reading {
  variants: readonly Variant[];
  cmake: CmakeTools;
}

/**
 * Parses what a release's own files say about building it for the CPU.
 * @throws VllmCpuError UPSTREAM_SHAPE (naming file and pattern), UPSTREAM_CMAKE, CMAKE_NOT_FOUND, and
 *   those of the questions about the CPU
 */
export async function readPackaging(
  files: ReleaseFiles,
  { variants, cmake }: Reading,
): Promise<PackagingFacts> {
  const named = (path: string): string => `${path} of ${files.title}`;
  const text = (path: string): Promise<string> => requiredText(files, path);
  const texts = {
    top: await text(CMAKE_FILES.top),
    cpu: await text(CMAKE_FILES.cpu),
    helpers: await text(CMAKE_FILES.helpers),
  };
  const extension = await readCpuExtension(texts, files.title, variants, cmake);
  const requirements = await text(CPU_REQUIREMENTS);
  const questions = await countQuestions(files, extension.modules !== undefined);
  const references = await directReferences(files, CPU_REQUIREMENTS);
  return {
    requiresPython: requiresPython(await text('pyproject.toml'), named('pyproject.toml')),
    torch: torchVersions(requirements, named(CPU_REQUIREMENTS)),
    ...extension,
    buildRequirements: await firstOf(BUILD_REQUIREMENTS, files),
    ...(questions > 0 ? { cpuQuestions: questions } : {}),
    ...(references.length > 0 ? { directReferences: references } : {}),
    ...optionalParts((await files.read('setup.py')) ?? ''),
  };
}

/** What setup.py would build where the host happens to have something: left out, until a pin says else. */
function optionalParts(setup: string): Pick<ReleaseSource, 'rust' | 'tcmalloc'> {
  return {
    ...(/\bbuild_rust\b/.test(setup) ? { rust: false } : {}),
    ...(/\blibtcmalloc/.test(setup) ? { tcmalloc: false } : {}),
  };
}

/**
 * Everything that the pin of a release records as its source.
 * @param oneDnnTags commits of oneDNN's tags; a tag that is not among them stays unverified
 * @throws VllmCpuError those of readPackaging
 */
export async function readRelease(
  release: Pick<AvailableRelease, 'tag'>,
  origin: ReleaseOrigin,
  files: ReleaseFiles,
  reading: Reading,
  oneDnnTags: ReadonlyMap<string, string> = new Map(),
): Promise<ReleaseSource> {
  const { oneDnnTag, ...facts } = await readPackaging(files, reading);
  return {
    ...origin,
    repository: OFFICIAL_REPOSITORY,
    tag: release.tag,
    ...facts,
    oneDnn: oneDnnTag ? { tag: oneDnnTag, commit: oneDnnTags.get(oneDnnTag) ?? null } : null,
  };
}

function requiresPython(text: string, file: string): string {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    throw shapeError(file, 'valid TOML', error instanceof Error ? error.message : String(error));
  }
  const project = projectSchema.safeParse(parsed);
  if (!project.success) throw shapeError(file, 'requires-python in [project]');
  return project.data.project['requires-python'];
}

async function firstOf(paths: readonly string[], files: ReleaseFiles): Promise<string> {
  for (const path of paths) {
    if ((await files.read(path)) !== undefined) return path;
  }
  throw shapeError(files.title, `one of the files ${paths.join(', ')}`);
}
