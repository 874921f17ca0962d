import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from '@renovatebot/pep440';
import { sha256, sha256File, sha256Tree, stableJson } from '../system/digest.ts';
import { findProgram } from '../system/programs.ts';
import type { Runner } from '../system/run.ts';
import type { Settings } from '../system/settings.ts';
import { sourceClosure } from '../system/source-closure.ts';
import { standingAttempt } from '../sources/attempts.ts';
import type { CompileSubject } from '../sources/compile-subject.ts';
import { embeddedFolders } from '../sources/catalogue.ts';
import { isBuildResult } from '../sources/checkout.ts';
import { editsFor, loadEdits } from '../sources/edits.ts';
import { isSourceDirectory } from '../sources/onednn.ts';
import type { Release } from '../sources/release.ts';
import { compileEnvironment } from './environment.ts';
import { findInterpreter, probeInterpreter } from './interpreter.ts';
import type { Interpreter } from './interpreter.ts';
import { probeToolchain, toolInputs } from './toolchain.ts';
import type { Tool } from './toolchain.ts';

export interface CompileKey {
  /** SHA-256 of `inputs`: the cache key. */
  value: string;
  inputs: Readonly<Record<string, unknown>>;
  tools: readonly Tool[];
  /** 1, or more where a wheel that failed is built again. */
  attempt: number;
  /** The given interpreter, or the one that an environment is made from. */
  python: Interpreter;
}

/** Build tools of a given interpreter whose versions decide the result. */
const BUILD_PACKAGES = [
  'torch',
  'setuptools',
  'setuptools-scm',
  'wheel',
  'packaging',
  'jinja2',
  'cmake',
  'ninja',
];

/**
 * The key of a compile and all that it digests. Reads the host's tools and, for the embedded upstream or
 * a oneDNN directory, the sources; fetches nothing. Left out on purpose: README, summary, packaging,
 * equivalences, where things lie, and how many jobs run.
 */
export async function compileKey(
  subject: CompileSubject,
  settings: Settings,
  runner: Runner,
): Promise<CompileKey> {
  const { release, platform, level } = subject;
  const env = compileEnvironment(settings);
  const [tools, python] = await Promise.all([
    probeToolchain(runner, env),
    pythonOf(release, settings, runner, env),
  ]);
  const attempt =
    settings.attempt ?? standingAttempt(settings.root, subject.variant.name, subject.releaseName);
  const inputs = {
    stage: 'compile',
    variant: subject.variant.name,
    platform,
    level: { requires: [...level.requires].sort(), proves: [...level.proves].sort() },
    source: release.source,
    content: await embeddedContent(release, settings.root),
    oneDnn: await oneDnnContent(release, settings),
    edits: editsFor(loadEdits(settings.root), release, platform, level.requires).map(
      ({ id, file, find, replace }) => ({ id, file, find, replace }),
    ),
    tools: toolInputs(tools),
    python: await pythonInputs(python, settings, runner, env),
    libraries: await libraryInputs(settings),
    attempt,
    program: compileProgram(),
  };
  return Object.freeze({ value: sha256(stableJson(inputs)), inputs, tools, attempt, python });
}

let program: string | undefined;

/** The stage's own source. Its entry is compile.ts, which imports this file. */
function compileProgram(): string {
  program ??= sourceClosure([join(import.meta.dirname, 'compile.ts')]);
  return program;
}

/** Digests of the embedded upstream's folders, in the order in which they are laid. */
async function embeddedContent(release: Release, root: string): Promise<string | null> {
  if (release.source.kind !== 'embedded') return null;
  const leftOut = (path: string) => isBuildResult(path) || /(^|\/)README\.md$/.test(path);
  const digests: string[] = [];
  for (const folder of embeddedFolders(release.source)) {
    digests.push(await sha256Tree(join(root, folder), leftOut));
  }
  return digests.join(' ');
}

async function oneDnnContent(release: Release, settings: Settings): Promise<string | null> {
  if (!release.source.oneDnn || !settings.oneDnn) return null;
  if (!(await isSourceDirectory(settings.oneDnn))) return null;
  return sha256Tree(settings.oneDnn);
}

async function pythonOf(
  release: Release,
  settings: Settings,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<Interpreter> {
  if (settings.python) return probeInterpreter(runner, env, settings.python, BUILD_PACKAGES);
  const range = release.source.requiresPython;
  return findInterpreter(runner, env, (version) => satisfies(version, range), range);
}

async function pythonInputs(
  python: Interpreter,
  settings: Settings,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  if (!settings.python) return { version: python.version };
  const programs: Record<string, string> = {};
  for (const name of ['cmake', 'ninja']) {
    const path = findProgram(name, env['PATH']);
    if (!path) continue;
    const printed = await runner.run({ argv: [path, '--version'], env });
    programs[name] = printed.stdout.split('\n')[0]?.trim() ?? '';
  }
  return { version: python.version, packages: python.packages, programs };
}

/** The NUMA library that C_INCLUDE_PATH and LIBRARY_PATH lead to, by content. */
async function libraryInputs(settings: Settings): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const directory of [...settings.includePath, ...settings.libraryPath]) {
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory).filter((each) => /^(lib)?numa/.test(each))) {
      found[name] = await sha256File(join(directory, name)).catch(() => 'unreadable');
    }
  }
  return found;
}
