import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';
import { readCpuExtension } from './cpu-extension.ts';
import {
  fixtureCmake,
  fixtureFlags,
  fixtureTexts,
  UNIFIED_CMAKE,
} from '@vllm-cpu/testing/upstream-fixture';

// Each question starts cmake some ten times.
jest.setTimeout(120_000);

const variants = loadVariants(join(import.meta.dirname, '../../../..'));
const tools = { runner: createRunner(), env: allowedEnv(process.env) };
const TARGET = 'define_extension_target(_C COMPILE_FLAGS ${FLAGS} USE_SABI 3)';
const READS = 'execute_process(COMMAND cat /proc/cpuinfo OUTPUT_VARIABLE CPUINFO)';

const read = (cpu: string, others = '') =>
  readCpuExtension(fixtureTexts(cpu, others), 'vLLM 1', variants, tools);
const body = (text: string): string => `${READS}\nlist(APPEND FLAGS -mavx2)\n${text}\n${TARGET}\n`;

describe("upstream's cmake, asked", () => {
  it('says inputs, x86 flags, oneDNN, g++ minimum and limited API', async () => {
    expect(await read(fixtureCmake({ switches: ['bf16', 'vnni', 'amx'] }))).toEqual({
      isaInputs: [
        'VLLM_CPU_AMXBF16',
        'VLLM_CPU_AVX512BF16',
        'VLLM_CPU_AVX512VNNI',
        'VLLM_CPU_DISABLE_AVX512',
      ],
      isaFlags: fixtureFlags('bf16', 'vnni', 'amx'),
      oneDnnTag: 'v3.10',
      gxxMinimum: '12.3',
      pyLimitedApi: 'cp38',
    });
  });

  it('does not say what the file does not have', async () => {
    expect(await read(fixtureCmake({ switches: ['bf16'], oneDnn: 'v3.7.1' }))).toMatchObject({
      isaFlags: fixtureFlags('bf16'),
      isaInputs: ['VLLM_CPU_AVX512BF16', 'VLLM_CPU_DISABLE_AVX512'],
      oneDnnTag: 'v3.7.1',
    });
  });

  it('says every module of a release that builds several, each with its own flags', async () => {
    const others = `if(Python_VERSION VERSION_GREATER_EQUAL "3.11")
      define_extension_target(fs_io_C SOURCES f.cpp USE_SABI 3.11)
    endif()`;
    expect(await read(UNIFIED_CMAKE, others)).toEqual({
      isaInputs: ['VLLM_CPU_X86'],
      isaFlags: [
        ...['-mf16c', '-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq', '-mamx-bf16'],
        ...['-mamx-tile', '-mavx512bf16', '-mavx512vnni', '-mavx2'],
      ],
      oneDnnTag: 'v3.13',
      gxxMinimum: '12.3',
      pyLimitedApi: 'cp38',
      cxxStandard: 20,
      oneDnnAarch64: { commit: '9'.repeat(40) },
      oneDnnOptions: { ONEDNN_LIBRARY_TYPE: 'STATIC', ONEDNN_ENABLE_PRIMITIVE: 'MATMUL;REORDER' },
      acl: 'v52.6.0',
      compilerProbes: [{ variable: 'HAS_AMX_FP8', flag: '-mamx-fp8' }],
      modules: {
        'linux-x86_64': [
          expect.objectContaining({ name: '_C', definitions: ['CPU_CAPABILITY_AMXBF16'] }),
          expect.objectContaining({ name: '_C_AVX512', definitions: [], kernels: true }),
          expect.objectContaining({ name: '_C_AVX2', flags: ['-mf16c', '-mavx2'] }),
          { name: 'fs_io_C', flags: [], definitions: [], pyLimitedApi: 'cp311', kernels: false },
        ],
        'linux-aarch64': [
          expect.objectContaining({ name: '_C', flags: ['-march=armv8.2-a+dotprod'] }),
          expect.objectContaining({ name: 'fs_io_C', kernels: false }),
        ],
      },
    });
  });

  it('sees neither the CPU nor the environment of this machine', async () => {
    const source = body(`if(DEFINED ENV{VLLM_CPU_AVX512BF16})
      list(APPEND FLAGS -mavx512bf16)
    endif()
    if(CPUINFO MATCHES "model name.*(Intel|AMD)")
      list(APPEND FLAGS -mamx-tile)
    endif()`);
    const env = { ...tools.env, VLLM_CPU_AVX512BF16: '1' };
    const found = await readCpuExtension(fixtureTexts(source), 'vLLM 1', variants, {
      ...tools,
      env,
    });
    expect(found).toMatchObject({ isaFlags: ['-mavx2'], isaInputs: ['VLLM_CPU_AVX512BF16'] });
  });

  it.each([
    ['USE_SABI 3.9', 'cp39'],
    ['USE_SABI 3', 'cp38'],
    ['WITH_SOABI', null],
  ])('says of "%s" that the limited API is %s', async (words, tag) => {
    expect((await read(body('').replace('USE_SABI 3', words))).pyLimitedApi).toBe(tag);
  });

  it('knows no g++ minimum where every version is given the same flags', async () => {
    const source = body(`if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
      list(APPEND FLAGS -fno-tree-pre)
    endif()`);
    expect((await read(source)).gxxMinimum).toBeNull();
  });

  it.each([
    ['no line that reads the CPU', `list(APPEND FLAGS -mavx2)\n${TARGET}`, 'cat /proc/cpuinfo'],
    ['two lines that read the CPU', body(READS), 'There are 2.'],
    ['no extension', `${READS}`, 'define_extension_target'],
    ['no x86 flag', `${READS}\n${TARGET}`, 'an -m flag'],
    [
      'a oneDNN tag that depends on the CPU',
      body(`include(FetchContent)
      if(CPUINFO MATCHES avx512f)
        FetchContent_Declare(oneDNN GIT_TAG v1)
      else()
        FetchContent_Declare(oneDNN GIT_TAG v2)
      endif()`),
      'v1 and v2',
    ],
    ['an unknown limited API', body('').replace('USE_SABI 3', 'USE_SABI latest'), 'latest'],
  ])('refuses a file with %s', async (_, source, pattern) => {
    await expect(read(source)).rejects.toMatchObject({
      code: 'UPSTREAM_SHAPE',
      message: expect.stringContaining(pattern),
    });
  });

  it.each([
    ['an if without its end', 'if(A)'],
    ['a quote that is never closed', 'set(A "b)'],
    ['a command that nobody knows', 'vllm_something_new(A)'],
    ['a return before its end', 'return()'],
  ])('reports %s in the words of cmake, naming the release', async (_, text) => {
    const refused = text === 'return()' ? 'UPSTREAM_SHAPE' : 'UPSTREAM_CMAKE';
    await expect(read(body(text))).rejects.toMatchObject({
      code: refused,
      what: expect.stringContaining('vLLM 1'),
    });
  });

  it('says that cmake is missing, and how to get it', async () => {
    const without = { ...tools, env: { PATH: '/nonexistent' } };
    await expect(
      readCpuExtension(fixtureTexts(body('')), 'vLLM 1', variants, without),
    ).rejects.toMatchObject({ code: 'CMAKE_NOT_FOUND' });
  });
});
