import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { satisfies } from '@renovatebot/pep440';
import { sha256, sha256File, sha256Tree, stableJson } from '@vllm-cpu/system/digest';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';
import type { Settings } from '@vllm-cpu/system/settings';
import { sourceClosure } from '@vllm-cpu/system/source-closure';
import { lockDigest, lockedOn } from '@vllm-cpu/python/lock-file';
import { standingAttempt } from '@vllm-cpu/sources/attempts';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { embeddedFolders } from '@vllm-cpu/sources/catalogue';
import { isBuildResult } from '@vllm-cpu/sources/checkout';
import { readBuildLock } from '@vllm-cpu/sources/build-lock';
import { isSourceDirectory } from '@vllm-cpu/sources/onednn';
import { linksOneDnn } from '@vllm-cpu/sources/onednn-build';
import type { Release } from '@vllm-cpu/sources/release';
import { compileEnvironment } from './environment/environment.ts';
import { findInterpreter, probeInterpreter } from '@vllm-cpu/python/interpreter';
import type { Interpreter } from '@vllm-cpu/python/interpreter';
import { levelSource } from './level-source.ts';
import { oneDnnKey } from './onednn/onednn-key.ts';
import { probeToolchain, toolInputs } from './toolchain/toolchain.ts';
import type { Tool } from './toolchain/toolchain.ts';

export interface CompileKey {
  /** SHA-256 of `inputs`: the cache key. */
  value: string;
  inputs: Readonly<Record<string, unknown>>;
  /** The key of `subject.oneDnn`. */
  oneDnn: string | undefined;
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
  const [tools, python, oneDnn] = await Promise.all([
    probeToolchain(runner, env),
    pythonOf(release, settings, runner, env),
    subject.oneDnn ? oneDnnKey(subject.oneDnn, platform, settings, runner) : undefined,
  ]);
  const { edits } = levelSource(subject, settings.root);
  const attempt =
    settings.attempt ?? standingAttempt(settings.root, subject.variant.name, subject.releaseName);
  const inputs = {
    stage: 'compile',
    variant: subject.variant.name,
    platform,
    level: { requires: [...level.requires].sort(), proves: [...level.proves].sort() },
    source: release.source,
    content: await embeddedContent(release, settings.root),
    oneDnn: oneDnn?.value ?? (await oneDnnContent(subject, settings)),
    edits: edits.map(({ id, file, find, replace }) => ({ id, file, find, replace })),
    tools: toolInputs(tools),
    python: await pythonInputs(python, settings, runner, env),
    lock: settings.python ? null : await lockInput(subject, settings.root, python),
    libraries: await libraryInputs(settings),
    attempt,
    program: compileProgram(),
  };
  return Object.freeze({
    value: sha256(stableJson(inputs)),
    inputs,
    oneDnn: oneDnn?.value,
    tools,
    attempt,
    python,
  });
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

/** Of a oneDNN that upstream's cmake builds, from a directory that was handed in. */
async function oneDnnContent(subject: CompileSubject, settings: Settings): Promise<string | null> {
  if (!linksOneDnn(subject) || !settings.oneDnn) return null;
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

/** The part of the pin's lock that is installed here; null where it has none, and prepare then stops. */
async function lockInput(
  { releaseName, platform }: CompileSubject,
  root: string,
  python: Interpreter,
): Promise<string | null> {
  const lock = await readBuildLock(root, releaseName);
  return lock ? lockDigest(lockedOn(lock, platform, python.version)) : null;
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
