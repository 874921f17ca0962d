import { byVersion } from './version.ts';
import { parseCmake } from './cmake-commands.ts';
import type { CmakeCommand } from './cmake-commands.ts';
import { reachableOnX86 } from './cmake-reachable.ts';
import { shapeError } from './shape.ts';

/** What upstream's `cmake/cpu_extension.cmake` decides about a build for x86-64 Linux. */
export interface CpuExtension {
  /** Environment variables that it reads to choose instruction sets. */
  isaInputs: string[];
  /** Every -m flag that it can pass, in the order of the file. */
  isaFlags: string[];
  oneDnnTag: string | null;
  /** Highest g++ version that one of its conditions asks for. */
  gxxMinimum: string | null;
  pyLimitedApi: string | null;
  /** The extension modules that it builds; more than one in the unified era. */
  modules: string[];
}

/** The start of the one line that reads the CPU; compile replaces its path, so it must be unique. */
export const CPUINFO_COMMAND = 'COMMAND cat /proc/cpuinfo';

/**
 * Reads the CPU part of upstream's cmake.
 * @throws VllmCpuError UPSTREAM_SHAPE naming `file` and the pattern that is missing.
 */
export function readCpuExtension(source: string, file: string): CpuExtension {
  const places = source.split(CPUINFO_COMMAND).length - 1;
  if (places !== 1) {
    throw shapeError(
      file,
      `exactly one "${CPUINFO_COMMAND}"`,
      `There are ${places}. Each build gets its own CPU description in place of that file, ` +
        'or the CPU of the build machine would choose the instruction sets.',
    );
  }
  const commands = parseCmake(source, file);
  const reachable = reachableOnX86(commands, file);
  const targets = extensionTargets(reachable);
  if (targets.length === 0) throw shapeError(file, 'a call of define_extension_target');
  const isaFlags = flagsOf(reachable);
  if (isaFlags.length === 0) throw shapeError(file, 'an -m flag for x86-64');
  return {
    isaInputs: inputsOf(commands),
    isaFlags,
    oneDnnTag: oneDnnTagOf(reachable, file),
    gxxMinimum: gxxMinimumOf(reachable),
    pyLimitedApi: limitedApiOf(targets, file),
    modules: targets.map(({ args }) => args[0]?.text ?? ''),
  };
}

/** `$ENV{NAME}` and `DEFINED ENV{NAME}`; texts of messages mention names without ENV. */
function inputsOf(commands: readonly CmakeCommand[]): string[] {
  const names = commands
    .flatMap(({ args }) => args)
    .flatMap(({ text }) => [...text.matchAll(/\bENV\{(VLLM_CPU_\w+)\}/g)])
    .map(([, name]) => name ?? '');
  return [...new Set(names)].sort();
}

function flagsOf(reachable: readonly CmakeCommand[]): string[] {
  const flags = reachable
    .filter(({ name }) => name !== 'message')
    .flatMap(({ args }) => args.map(({ text }) => text))
    .filter((text) => /^-m[a-z0-9][\w.=+-]*$/.test(text));
  return [...new Set(flags)];
}

function oneDnnTagOf(reachable: readonly CmakeCommand[], file: string): string | null {
  const tags = reachable
    .filter(({ name, args }) => name === 'fetchcontent_declare' && /^onednn$/i.test(text(args, 0)))
    .flatMap(({ args }) => valuesAfter(args, 'GIT_TAG'));
  const distinct = [...new Set(tags)];
  if (distinct.length > 1) {
    throw shapeError(
      file,
      'one oneDNN tag for x86-64',
      `Its branches for x86-64 name ${distinct.join(' and ')}.`,
    );
  }
  return distinct[0] ?? null;
}

function gxxMinimumOf(reachable: readonly CmakeCommand[]): string | null {
  const minimums = reachable
    .filter(({ name }) => name === 'if' || name === 'elseif')
    .flatMap(({ args }) =>
      args.flatMap((argument, at) => {
        const asks =
          /^(?:\$\{)?CMAKE_CXX_COMPILER_VERSION\}?$/.test(argument.text) &&
          /^VERSION_(?:GREATER_EQUAL|LESS)$/.test(text(args, at + 1));
        return asks ? [text(args, at + 2)] : [];
      }),
    );
  return minimums.sort(byVersion).at(-1) ?? null;
}

function extensionTargets(reachable: readonly CmakeCommand[]): CmakeCommand[] {
  return reachable.filter(({ name }) => /^define_(?:gpu_)?extension_target$/.test(name));
}

/**
 * The limited API's tag, when every module is built against it. `USE_SABI 3` names no minor
 * version; upstream's own docker/Dockerfile.cpu tags such a wheel with --py-limited-api=cp38.
 */
function limitedApiOf(targets: readonly CmakeCommand[], file: string): string | null {
  const versions = targets.map(({ args }) => valuesAfter(args, 'USE_SABI')[0]);
  if (versions.includes(undefined)) return null;
  const tags = versions.map((version = '') => {
    const minor = /^3(?:\.(\d+))?$/.exec(version);
    if (!minor) throw shapeError(file, 'USE_SABI 3 or USE_SABI 3.<minor>', `It says ${version}.`);
    return Number(minor[1] ?? 8);
  });
  return `cp3${Math.max(...tags)}`;
}

function text(args: CmakeCommand['args'], at: number): string {
  return args[at]?.text ?? '';
}

function valuesAfter(args: CmakeCommand['args'], keyword: string): string[] {
  return args.flatMap((argument, at) => (argument.text === keyword ? [text(args, at + 1)] : []));
}
