import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { cmakeToolchain } from './cmake-toolchain.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 120_000;

const PROBE = { variable: 'COMPILER_KNOWS_IT', flag: '-mavx2' };

/** What upstream's cmake does: a question to the compiler, an option, and the flags of its build type. */
const PROJECT = `cmake_minimum_required(VERSION 3.18)
project(p LANGUAGES CXX)
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag("-mavx2" COMPILER_KNOWS_IT)
option(ENABLE_IT "" ON)
message(STATUS "flags: \${CMAKE_CXX_FLAGS_RELWITHDEBINFO} it: \${COMPILER_KNOWS_IT} \${ENABLE_IT}")
`;

describe('what cmake is told before upstream’s files are read', () => {
  const folder = temporaryFolders();
  const configure = async (text: string) => {
    const root = folder();
    writeFileSync(join(root, 'CMakeLists.txt'), PROJECT);
    writeFileSync(join(root, 'toolchain.cmake'), text);
    const { stdout } = await createRunner().run({
      argv: ['cmake', '-S', root, '-B', join(root, 'b'), '-DCMAKE_BUILD_TYPE=RelWithDebInfo'],
      env: {
        PATH: process.env['PATH'] ?? '',
        CMAKE_TOOLCHAIN_FILE: join(root, 'toolchain.cmake'),
        CXX: 'g++',
      },
    });
    return /flags: (.*) it: (.*)/.exec(stdout)?.slice(1);
  };

  it(
    'leaves the optimisation as it is, and the debug information out',
    async () => {
      const [flags] = (await configure(cmakeToolchain({}))) ?? [];
      expect(flags).toBe('-O2 -g0 -DNDEBUG');
    },
    TIMEOUT,
  );

  it(
    'answers what would depend on the compiler of the day, and upstream’s options, by no',
    async () => {
      const option = { variable: 'ENABLE_IT', flag: '-mavx2' };
      const probes = cmakeToolchain({ compilerProbes: [PROBE, option] });
      expect((await configure(cmakeToolchain({})))?.[1]).toBe('1 ON');
      expect((await configure(probes))?.[1]).toBe('OFF OFF');
    },
    TIMEOUT,
  );
});
