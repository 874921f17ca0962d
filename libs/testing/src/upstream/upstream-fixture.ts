import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CmakeTexts } from '@vllm-cpu/cmake/ask-cmake';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { gitWith } from '@vllm-cpu/sources/git';
import type { Git } from '@vllm-cpu/sources/git';
import type { Release } from '@vllm-cpu/sources/release';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';
import type { Variant } from '@vllm-cpu/variant/model';
import { cmakeAbsences, cmakeEquivalences } from '@vllm-cpu/pin/equivalences';

/** Which of upstream's generations a fixture is laid out like. */
export interface FixtureShape {
  /** Switches beyond AVX-512 itself. */
  switches: readonly ('bf16' | 'vnni' | 'amx')[];
  oneDnn?: string;
  buildRequirements?: 'build' | 'cpu-build';
  torch?: { x86: string; arm: string };
  requiresPython?: string;
}

const SWITCHES = {
  bf16: { word: 'avx512_bf16', input: 'VLLM_CPU_AVX512BF16', flags: ['-mavx512bf16'] },
  vnni: { word: 'avx512_vnni', input: 'VLLM_CPU_AVX512VNNI', flags: ['-mavx512vnni'] },
  amx: { word: 'amx_bf16', input: 'VLLM_CPU_AMXBF16', flags: ['-mamx-bf16', '-mamx-tile'] },
} as const;

const AVX512 = ['-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq'];

/** The x86 -m flags of such a release, as a pin lists them. */
export function fixtureFlags(...switches: FixtureShape['switches']): string[] {
  return ['-mf16c', ...AVX512, ...switches.flatMap((name) => SWITCHES[name].flags), '-mavx2'];
}

/** A cmake file of ours that decides as upstream's do up to 0.16.0. */
export function fixtureCmake({ switches, oneDnn = 'v3.10' }: FixtureShape): string {
  const chosen = switches.map((name) => SWITCHES[name]);
  return `# A comment with (parentheses, "a quote, -mavx512fp16 and $ENV{VLLM_CPU_COMMENT}
set(CMAKE_CXX_STANDARD 17)
${chosen.map(({ input }) => `set(WANT_${input} $ENV{${input}})`).join('\n')}
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  list(APPEND FLAGS "-mf16c")
endif()
execute_process(COMMAND cat /proc/cpuinfo
                RESULT_VARIABLE CPUINFO_RET
                OUTPUT_VARIABLE CPUINFO)
function(find_isa TEXT WORD OUT)
  string(FIND \${TEXT} \${WORD} PLACE)
  if(PLACE EQUAL -1)
    set(\${OUT} OFF PARENT_SCOPE)
  else()
    set(\${OUT} ON PARENT_SCOPE)
  endif()
endfunction()
if("$ENV{VLLM_CPU_DISABLE_AVX512}" STREQUAL "true")
  set(AVX512_OFF ON)
endif()
find_isa(\${CPUINFO} "avx2" AVX2_FOUND)
find_isa(\${CPUINFO} "avx512f" AVX512_FOUND)
find_isa(\${CPUINFO} "asimd" ASIMD_FOUND)
if(AVX512_FOUND AND NOT AVX512_OFF)
  list(APPEND FLAGS ${AVX512.map((flag) => `"${flag}"`).join(' ')})
${chosen
  .map(
    ({ word, input, flags }) => `  find_isa(\${CPUINFO} "${word}" ${word}_FOUND)
  if(${word}_FOUND OR WANT_${input})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12.3)
      list(APPEND FLAGS ${flags.map((flag) => `"${flag}"`).join(' ')})
    else()
      message(WARNING "${word} is off; set VLLM_CPU_NOT_AN_INPUT=1")
    endif()
  endif()`,
  )
  .join('\n')}
elseif(AVX2_FOUND)
  list(APPEND FLAGS "-mavx2")
elseif(ASIMD_FOUND)
  list(APPEND FLAGS "-march=armv8.2-a+dotprod+fp16")
else()
  message(FATAL_ERROR "no CPU that is known")
endif()
if((AVX512_FOUND AND NOT AVX512_OFF) OR ASIMD_FOUND)
  include(FetchContent)
  FetchContent_Declare(oneDNN GIT_REPOSITORY https://example.org/onednn.git GIT_TAG  ${oneDnn} GIT_SHALLOW TRUE)
  set(ONEDNN_BUILD_DOC "OFF")
  FetchContent_MakeAvailable(oneDNN)
endif()
define_extension_target(
  _C
  SOURCES "a.cpp"
  COMPILE_FLAGS \${FLAGS}
  USE_SABI 3
  WITH_SOABI
)
`;
}

/** A cmake file of ours that decides as upstream's do from 0.18.0 on. */
export const UNIFIED_CMAKE = `include(FetchContent)
include(CheckCXXCompilerFlag)
set(CMAKE_CXX_STANDARD 20)
set(ENABLE_X86_ISA $ENV{VLLM_CPU_X86})
execute_process(COMMAND cat /proc/cpuinfo OUTPUT_VARIABLE CPUINFO)
set(AVX512 -mf16c ${AVX512.join(' ')})
set(AMX \${AVX512} -mamx-bf16 -mamx-tile -mavx512bf16 -mavx512vnni)
set(ONEDNN_LIBRARY_TYPE "STATIC")
set(ONEDNN_ENABLE_PRIMITIVE "MATMUL;REORDER")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12.3)
    message(FATAL_ERROR "too old")
  endif()
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
    list(APPEND AVX512 -fno-tree-pre)
  endif()
  check_cxx_compiler_flag("-mamx-fp8" HAS_AMX_FP8)
  if(HAS_AMX_FP8)
    list(APPEND AMX -mamx-fp8)
  endif()
  FetchContent_Declare(oneDNN GIT_TAG v3.13)
  FetchContent_MakeAvailable(oneDNN)
  define_extension_target(_C SOURCES a.cpp amx.cpp COMPILE_FLAGS \${AMX} USE_SABI 3 WITH_SOABI)
  target_compile_definitions(_C PRIVATE "-DCPU_CAPABILITY_AMXBF16")
  define_extension_target(_C_AVX512 SOURCES a.cpp COMPILE_FLAGS \${AVX512} USE_SABI 3 WITH_SOABI)
  define_extension_target(_C_AVX2 SOURCES a.cpp COMPILE_FLAGS -mf16c -mavx2 USE_SABI 3 WITH_SOABI)
else()
  FetchContent_Populate(arm_compute GIT_TAG v52.6.0)
  set(ONEDNN_AARCH64_USE_ACL ON)
  FetchContent_Declare(oneDNN GIT_TAG ${'9'.repeat(40)})
  FetchContent_MakeAvailable(oneDNN)
  define_extension_target(_C SOURCES a.cpp COMPILE_FLAGS -march=armv8.2-a+dotprod USE_SABI 3 WITH_SOABI)
endif()
`;

/** A top file that does as upstream's: languages, helpers, the CPU's file, and out. */
const TOP_CMAKE = `cmake_minimum_required(VERSION 99.0)
project(fixture LANGUAGES CXX)
include(\${CMAKE_CURRENT_LIST_DIR}/cmake/utils.cmake)
find_package(Torch REQUIRED)
@OTHERS@
if(VLLM_TARGET_DEVICE STREQUAL "cpu")
  include(\${CMAKE_CURRENT_LIST_DIR}/cmake/cpu_extension.cmake)
  return()
endif()
message(FATAL_ERROR "not reached")
`;

const SPINLOOP =
  'define_extension_target(spinloop SOURCES s.cpp COMPILE_FLAGS -mmwaitx USE_SABI 3.11)';

const HELPERS = `function(define_extension_target NAME)
  message(FATAL_ERROR "the real one needs Python")
endfunction()
`;

/** The three cmake files of a release whose CPU file has this text. */
export function fixtureTexts(cpu: string, others = ''): CmakeTexts {
  return { top: TOP_CMAKE.replace('@OTHERS@', others), cpu, helpers: HELPERS };
}

/** The files of a release with several modules. */
export function unifiedFiles(requiresPython = '>=3.11,<3.15'): Record<string, string> {
  const { top, helpers } = fixtureTexts('', SPINLOOP);
  return {
    'CMakeLists.txt': top,
    'cmake/cpu_extension.cmake': UNIFIED_CMAKE,
    'cmake/utils.cmake': helpers,
    'pyproject.toml': `[project]\nname = "vllm"\nrequires-python = "${requiresPython}"\n`,
    'requirements/common.txt': 'numpy\nOther_Package @ https://example.org/other.whl\n',
    'requirements/cpu.txt': `-r common.txt
torch==2.14.0+cpu; platform_machine == "x86_64" or platform_machine == "aarch64"
triton @ https://example.org/triton.whl ; platform_machine == "x86_64"
triton @ https://example.org/other.whl ; python_version >= "3.12"
`,
    'requirements/build/cpu.txt': 'cmake\n',
    'setup.py': 'from setuptools_rust.build import build_rust\nfind("libtcmalloc_minimal.so.4")\n',
    'vllm/_version.py': "__commit_id__ = commit_id = 'g0123abcde'\n",
    'vllm/platforms/cpu.py':
      'import torch\n\nif torch.cpu._is_avx512_supported() and torch.cpu._is_amx_tile_supported():\n    pass\n',
    'vllm/other.py': 'value = 1\n',
  };
}

/** The files of one release, by their path. */
export function fixtureFiles(shape: FixtureShape): Record<string, string> {
  const { x86, arm } = shape.torch ?? { x86: '2.9.1', arm: '2.9.0' };
  return {
    'pyproject.toml': `[project]\nname = "vllm"\nrequires-python = "${shape.requiresPython ?? '>=3.10,<3.14'}"\n`,
    'requirements/cpu.txt': `-r common.txt
--extra-index-url https://index.example/cpu
torch==${x86}+cpu; platform_machine == "x86_64" or platform_machine == "s390x" # why
torch==${arm}; platform_machine == "aarch64"
torch==1.0; platform_system == "Darwin"
`,
    [`requirements/${shape.buildRequirements ?? 'cpu-build'}.txt`]: 'cmake\n',
    'CMakeLists.txt': TOP_CMAKE.replace('@OTHERS@', ''),
    'cmake/cpu_extension.cmake': fixtureCmake(shape),
    'cmake/utils.cmake': HELPERS,
  };
}

/** A pin of a release that is laid out like `shape`, at a commit of 40 times `digit`. */
export function fixturePin(
  version: string,
  shape: FixtureShape,
  variants: readonly Variant[],
  digit = 'a',
): NamedRelease {
  const isaFlags = fixtureFlags(...shape.switches);
  const source = { isaFlags };
  const release: Release = {
    ...{ version, active: true },
    source: {
      ...{ kind: 'git', repository: 'https://example.org/vllm.git', tag: `v${version}` },
      ...{ commit: digit.repeat(40), commitTime: 1, requiresPython: '>=3.10,<3.14' },
      torch: { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.1' },
      ...{ oneDnn: null, isaInputs: [], isaFlags, gxxMinimum: '12.3', pyLimitedApi: 'cp38' },
      buildRequirements: 'requirements/cpu-build.txt',
    },
    equivalences: cmakeEquivalences({ version, source }, variants, []),
    absent: cmakeAbsences(isaFlags, variants),
  };
  return { name: version, release };
}

/** The real git, with nothing of the machine's but PATH and HOME. */
export function testGit(): Git {
  return gitWith(createRunner(), allowedEnv(process.env));
}

/** Makes a repository with one commit and one tag for each entry of `tags`. */
export async function makeUpstream(
  git: Git,
  directory: string,
  tags: Readonly<Record<string, Record<string, string>>>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await git.run(['-C', directory, 'init', '--quiet', '--initial-branch=main']);
  for (const [tag, files] of Object.entries(tags)) await commitTag(git, directory, tag, files);
}

/** Commits exactly `files` at 2026-01-01 and puts `tag` there, moving it where it exists. */
export async function commitTag(
  git: Git,
  directory: string,
  tag: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const at = ['-C', directory];
  await git.run([...at, 'rm', '-r', '--quiet', '--ignore-unmatch', '.']);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  await git.run([...at, 'add', '--all']);
  const date = '1767225600 +0000';
  await git.run([...at, 'commit', '--quiet', '--allow-empty', '-m', tag], {
    env: { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
  });
  await git.run([...at, 'tag', '--force', '--annotate', '-m', tag, tag]);
}
