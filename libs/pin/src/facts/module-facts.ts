import { CMAKE_FILES } from '@vllm-cpu/cmake/ask-cmake';
import type { CmakeModule } from '@vllm-cpu/cmake/cmake-answer';
import type { ReleaseModule } from '@vllm-cpu/sources/release';
import { shapeError } from './shape.ts';

/** The modules of a pin, those with kernels first. */
export function moduleFacts(modules: readonly CmakeModule[], title: string): ReleaseModule[] {
  const facts = modules.map((module) => ({
    name: module.name,
    flags: module.flags.filter((flag) => flag.startsWith('-m')),
    definitions: module.definitions,
    pyLimitedApi: limitedApi(module, title),
    kernels: CMAKE_FILES.cpu.endsWith(`/${module.definedIn}`),
  }));
  return [...facts.filter(({ kernels }) => kernels), ...facts.filter(({ kernels }) => !kernels)];
}

/** The limited API's tag, when every module is built against it: the highest of theirs. */
export function limitedApiOf(modules: readonly CmakeModule[], title: string): string | null {
  const tags = modules.map((module) => limitedApi(module, title));
  const minors = tags.map((tag) => (tag === null ? NaN : Number(tag.slice('cp3'.length))));
  const highest = Math.max(...minors);
  return Number.isNaN(highest) ? null : `cp3${highest}`;
}

/**
 * `USE_SABI 3` names no minor version; upstream's own docker/Dockerfile.cpu tags such a wheel with
 * --py-limited-api=cp38.
 */
function limitedApi({ name, sabi }: CmakeModule, title: string): string | null {
  if (sabi === null) return null;
  const minor = /^3(?:\.(\d+))?$/.exec(sabi);
  if (!minor) {
    throw shapeError(`${name} of ${title}`, 'USE_SABI 3 or USE_SABI 3.<minor>', `It says ${sabi}.`);
  }
  return `cp3${minor[1] ?? 8}`;
}
