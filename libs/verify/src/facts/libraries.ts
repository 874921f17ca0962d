import { posix } from 'node:path';
import { isAllowedLibrary } from '@vllm-cpu/elf/manylinux-policy';
import { isTorchLibrary } from '@vllm-cpu/elf/torch-libraries';
import { parseCoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { error } from '../check.ts';
import type { Finding } from '../check.ts';
import type { ModuleFacts } from './module-facts.ts';
import type { WheelFacts } from './wheel-facts.ts';

/** Libraries that a declared dependency brings and has loaded before this wheel's modules. */
const PROVIDED: Readonly<Record<string, (soname: string) => boolean>> = {
  torch: isTorchLibrary,
};

/** Every needed library is on every system, in the wheel, or brought by a declared dependency. */
export function libraryFindings(module: ModuleFacts, facts: WheelFacts): Finding[] {
  const declared = declaredDependencies(facts);
  return module.needed.flatMap((library) => {
    if (isAllowedLibrary(library)) return [];
    if (/^libpython\d/.test(library)) {
      return [error(module.name, `links ${library}; an extension must not bring the interpreter`)];
    }
    const provider = Object.entries(PROVIDED).find(([, provides]) => provides(library))?.[0];
    if (provider && declared.includes(provider)) return [];
    const inWheel = facts.modules.filter(
      ({ name, soname }) => soname === library || posix.basename(name) === library,
    );
    if (inWheel.length > 0) return reachable(module, library, inWheel);
    const by = provider ? `, and ${provider} is not among its dependencies` : '';
    return [error(module.name, `needs ${library}, which is neither allowed nor in the wheel${by}`)];
  });
}

/** The loader looks where RPATH or RUNPATH says, for a file of the needed name. */
function reachable(
  module: ModuleFacts,
  library: string,
  candidates: readonly ModuleFacts[],
): Finding[] {
  const paths = [...module.rpath, ...module.runpath];
  const here = posix.dirname(module.name);
  const folders = paths.map((path) => posix.join(installed(path.replace(ORIGIN, here || '.'))));
  const found = candidates.some(
    ({ name }) =>
      posix.basename(name) === library && folders.includes(posix.dirname(installed(name))),
  );
  if (found || paths.length === 0) return found || candidates.some(isPlain) ? [] : [lost()];
  return [lost()];

  /** Beside the module without any path: loaded by the package's own code before. */
  function isPlain({ name }: ModuleFacts): boolean {
    return posix.basename(name) === library;
  }
  function lost(): Finding {
    return error(module.name, `needs ${library}, which is in the wheel where no RPATH leads`);
  }
}

/** `$ORIGINAL/lib` is a folder of that name wherever the process stands. */
const ORIGIN = /^\$(?:ORIGIN|\{ORIGIN\})(?=\/|$)/;

/** Files below {name}.data/purelib or platlib land in site-packages. */
function installed(path: string): string {
  return path.replace(/^[^/]+\.data\/(?:purelib|platlib)\//, '');
}

/** Search paths start at $ORIGIN and stay within site-packages. */
export function searchPathFindings(module: ModuleFacts): Finding[] {
  return [...module.rpath, ...module.runpath].flatMap((path) => {
    if (!ORIGIN.test(path)) {
      return [error(module.name, `RPATH ${path || '(empty)'} is not below $ORIGIN`)];
    }
    const folder = posix.dirname(installed(module.name));
    const target = posix.normalize(path.replace(ORIGIN, folder));
    const leaves = target === '..' || target.startsWith('../');
    return leaves ? [error(module.name, `RPATH ${path} leads out of site-packages`)] : [];
  });
}

/** Names of Requires-Dist, markers and versions cut off. */
function declaredDependencies(facts: WheelFacts): string[] {
  const text = facts.texts.get(`${facts.distInfos[0]}/METADATA`);
  if (text === undefined) return [];
  try {
    return parseCoreMetadata(text)
      .all('Requires-Dist')
      .map((requirement) => /^[A-Za-z0-9._-]+/.exec(requirement)?.[0].toLowerCase() ?? '');
  } catch {
    return [];
  }
}
