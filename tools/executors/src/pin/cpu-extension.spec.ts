import { describe, expect, it } from '@jest/globals';
import { readCpuExtension } from './cpu-extension.ts';
import { fixtureCmake } from './upstream-fixture.ts';

const AVX512 = ['-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq'];
const TARGET = 'define_extension_target(_C USE_SABI 3)';
const READS = 'execute_process(COMMAND cat /proc/cpuinfo OUTPUT_VARIABLE CPUINFO)';

const read = (source: string) => readCpuExtension(source, 'cmake/x.cmake of vLLM 1');
const body = (text: string): string => `${READS}\nadd("-mavx2")\n${text}\n${TARGET}\n`;

describe('readCpuExtension', () => {
  it('reads inputs, x86 flags, oneDNN, g++ minimum and limited API', () => {
    expect(read(fixtureCmake({ switches: ['bf16', 'vnni', 'amx'] }))).toEqual({
      isaInputs: [
        'VLLM_CPU_AMXBF16',
        'VLLM_CPU_AVX512BF16',
        'VLLM_CPU_AVX512VNNI',
        'VLLM_CPU_DISABLE_AVX512',
      ],
      isaFlags: [
        '-mf16c',
        ...AVX512,
        ...['-mavx512bf16', '-mavx512vnni', '-mamx-bf16', '-mamx-tile', '-mavx2'],
      ],
      oneDnnTag: 'v3.10',
      gxxMinimum: '12.3',
      pyLimitedApi: 'cp38',
      modules: ['_C'],
    });
  });

  it('leaves out switches that the file does not have', () => {
    const early = read(fixtureCmake({ switches: ['bf16'], oneDnn: 'v3.7.1' }));
    expect(early.isaFlags).toEqual(['-mf16c', ...AVX512, '-mavx512bf16', '-mavx2']);
    expect(early.isaInputs).toEqual(['VLLM_CPU_AVX512BF16', 'VLLM_CPU_DISABLE_AVX512']);
    expect(early.oneDnnTag).toBe('v3.7.1');
  });

  it('counts a variable that is only tested for being defined as an input', () => {
    const source = body('if(DEFINED ENV{VLLM_CPU_AVX512BF16})\nset(A ON)\nendif()');
    expect(read(source).isaInputs).toEqual(['VLLM_CPU_AVX512BF16']);
  });

  it('finds flags that are passed through a macro, and its conditions', () => {
    const source = body(`macro(ask WORD OUT)
      if(NOT \${OUT} AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 9)
        list(APPEND FLAGS \${ARGN})
      elseif(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 11)
      endif()
    endmacro()
    ask("amx_bf16" WANTED "-mamx-tile")`);
    expect(read(source)).toMatchObject({ isaFlags: ['-mavx2', '-mamx-tile'], gxxMinimum: '11' });
  });

  it('knows that else of a certain condition is not taken, and keeps what may happen', () => {
    const source = body(`if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
      add("-mfma")
    else()
      add("-mcpu=other")
    endif()
    if($ENV{VLLM_CPU_ANY} STREQUAL "true")
      add("-mavx512fp16")
    endif()`);
    expect(read(source).isaFlags).toEqual(['-mavx2', '-mfma', '-mavx512fp16']);
  });

  it.each([
    ['USE_SABI 3.9', 'cp39'],
    ['USE_SABI 3', 'cp38'],
    ['WITH_SOABI', null],
  ])('reads "%s" as the limited API %s', (words, tag) => {
    const source = body('').replace('USE_SABI 3', words);
    expect(read(source).pyLimitedApi).toBe(tag);
  });

  it('names every module of a unified build', () => {
    expect(read(body('define_extension_target(_C_AVX2 USE_SABI 3)')).modules).toEqual([
      '_C_AVX2',
      '_C',
    ]);
  });

  it.each([
    ['no line that reads the CPU', `add("-mavx2")\n${TARGET}`, 'COMMAND cat /proc/cpuinfo'],
    ['two lines that read the CPU', body(READS), 'There are 2.'],
    ['no extension', `${READS}\nadd("-mavx2")`, 'define_extension_target'],
    ['no x86 flag', `${READS}\n${TARGET}`, 'an -m flag'],
    [
      'two oneDNN tags for x86',
      body('FetchContent_Declare(oneDNN GIT_TAG v1)\nFetchContent_Declare(onednn GIT_TAG v2)'),
      'v1 and v2',
    ],
    ['an if without its end', body('if(A)'), 'endif'],
    ['an end without its if', body('endif()'), 'endif in line 3'],
    ['a quote that is never closed', body('set(A "b)'), 'CMake syntax in line 3'],
    ['a parenthesis that is never closed', `${body('')}set(A`, 'line 5'],
    ['an unknown limited API', body('').replace('USE_SABI 3', 'USE_SABI latest'), 'latest'],
  ])('refuses a file with %s, naming file and pattern', (_, source, pattern) => {
    expect(() => read(source)).toThrow(/cmake\/x\.cmake of vLLM 1/);
    expect(() => read(source)).toThrow(pattern);
  });
});
