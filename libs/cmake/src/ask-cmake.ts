import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { parseAnswer } from './cmake-answer.ts';
import type { CmakeAnswer } from './cmake-answer.ts';
import { syntheticCpuinfo } from './synthetic-cpuinfo.ts';

/** The files of upstream's cmake that are run, by their path in its repository. */
export const CMAKE_FILES = {
  top: 'CMakeLists.txt',
  cpu: 'cmake/cpu_extension.cmake',
  helpers: 'cmake/utils.cmake',
} as const;

/** Texts of CMAKE_FILES. */
export type CmakeTexts = Readonly<Record<keyof typeof CMAKE_FILES, string>>;

/** The machine that upstream's cmake is made to see. */
export interface CmakeMachine {
  platform: Platform;
  /** What /proc/cpuinfo lists, and nothing else. */
  features: readonly string[];
  /** Version of g++. */
  gxx: string;
}

export interface CmakeTools {
  runner: Runner;
  /** Allow-listed: PATH is where cmake is looked for. */
  env: Readonly<Record<string, string>>;
}

/** Asks what upstream would build on a machine. */
export type AskCmake = (machine: CmakeMachine) => Promise<CmakeAnswer>;

const STUBS = join(import.meta.dirname, 'stubs');

/**
 * Calls `use` with a way to ask upstream's own cmake files, run by the real cmake, what they would build.
 * No compiler, network, torch or Python is needed, and nothing of the host is seen; see stubs/ask.cmake.
 * @throws VllmCpuError CMAKE_NOT_FOUND, and UPSTREAM_CMAKE from the asking
 */
export async function withUpstreamCmake<T>(
  texts: CmakeTexts,
  title: string,
  tools: CmakeTools,
  use: (ask: AskCmake) => Promise<T>,
): Promise<T> {
  const program = findProgram('cmake', tools.env['PATH']);
  if (!program) throw notFound();
  return withTemporaryFolder('vllm-cpu-cmake-', async (scratch) => {
    const tree = join(scratch, 'upstream');
    for (const [part, path] of Object.entries(CMAKE_FILES)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), texts[part as keyof CmakeTexts]);
    }
    await appendFile(join(tree, CMAKE_FILES.helpers), '\ninclude("${ASK_STUBS}")\n');
    let asked = 0;
    return use((machine) =>
      ask(program, join(scratch, String(asked++)), tree, machine, title, tools),
    );
  });
}

async function ask(
  program: string,
  folder: string,
  tree: string,
  machine: CmakeMachine,
  title: string,
  { runner, env }: CmakeTools,
): Promise<CmakeAnswer> {
  await mkdir(folder);
  const [cpuinfo, answer] = [join(folder, 'cpuinfo'), join(folder, 'answer')];
  await writeFile(cpuinfo, syntheticCpuinfo(machine.platform, machine.features));
  await writeFile(answer, '');
  const done = await runner.try({
    argv: [
      program,
      `-DASK_PROCESSOR=${machineOf(machine.platform)}`,
      `-DASK_GXX=${machine.gxx}`,
      `-DASK_CPUINFO=${cpuinfo}`,
      `-DASK_ANSWER=${answer}`,
      ...['-P', join(STUBS, 'ask.cmake')],
    ],
    cwd: tree,
    env: { PATH: env['PATH'] ?? '', HOME: folder, LC_ALL: 'C' },
  });
  if (done.exitCode !== 0) throw failed(title, machine, done.stderr);
  return parseAnswer(await readFile(answer, 'utf8'), title);
}

function notFound(): VllmCpuError {
  return new VllmCpuError({
    code: 'CMAKE_NOT_FOUND',
    what: 'cmake was not found on PATH',
    why: "cmake 3.20 or later runs upstream's own cmake files to find out what a release builds.",
    next: 'Install it: apt-get install cmake, or pip install cmake.',
  });
}

function failed(title: string, { platform, gxx }: CmakeMachine, output: string): VllmCpuError {
  return new VllmCpuError({
    code: 'UPSTREAM_CMAKE',
    what: `the cmake files of ${title} failed for ${platform} with g++ ${gxx}`,
    why: output.trim().split('\n').slice(0, 20).join('\n') || 'cmake printed nothing.',
    next: 'If upstream calls a new function, add a stub for it in libs/cmake/src/stubs/stubs.cmake.',
  });
}
