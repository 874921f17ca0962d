import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NamedRelease } from '../sources/catalogue.ts';
import { gitWith } from '../sources/git.ts';
import type { Git } from '../sources/git.ts';
import type { Release } from '../sources/release.ts';
import { allowedEnv, createRunner } from '../system/run.ts';
import type { Variant } from '../variant/model.ts';
import { readCpuExtension } from './cpu-extension.ts';
import { cmakeAbsences, cmakeEquivalences } from './equivalences.ts';

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
  bf16: { word: 'avx512_bf16', input: 'VLLM_CPU_AVX512BF16', flags: '"-mavx512bf16"' },
  vnni: { word: 'avx512_vnni', input: 'VLLM_CPU_AVX512VNNI', flags: '"-mavx512vnni"' },
  amx: { word: 'amx_bf16', input: 'VLLM_CPU_AMXBF16', flags: '"-mamx-bf16" "-mamx-tile"' },
} as const;

/** A cmake file of ours with the constructs that upstream's readers have to cope with. */
export function fixtureCmake({ switches, oneDnn = 'v3.10' }: FixtureShape): string {
  const chosen = switches.map((name) => SWITCHES[name]);
  return `# A comment with (parentheses, "a quote and -mavx512fp16
if(\${CMAKE_SYSTEM_NAME} MATCHES "Darwin")
  set(ON_MAC TRUE)
endif()
${chosen.map(({ input }) => `set(WANT_${input} $ENV{${input}})`).join('\n')}
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  list(APPEND FLAGS "-mf16c")
endif()
if(NOT ON_MAC)
  execute_process(COMMAND cat /proc/cpuinfo
                  OUTPUT_VARIABLE CPUINFO)
endif()
function(find_isa TEXT WORD OUT)
  string(FIND \${TEXT} \${WORD} PLACE)
endfunction()
function(is_off OUT)
  set(OFF $ENV{VLLM_CPU_DISABLE_AVX512})
endfunction()
is_off(AVX512_OFF)
if(ON_MAC)
  set(APPLE_FOUND TRUE)
else()
  find_isa(\${CPUINFO} "avx2" AVX2_FOUND)
  find_isa(\${CPUINFO} "avx512f" AVX512_FOUND)
  find_isa(\${CPUINFO} "POWER10" POWER_FOUND)
  find_isa(\${CPUINFO} "asimd" ASIMD_FOUND)
endif()
if(AVX512_FOUND AND NOT AVX512_OFF)
  list(APPEND FLAGS "-mavx512f" "-mavx512vl" "-mavx512bw" "-mavx512dq")
${chosen
  .map(
    ({ word, input, flags }) => `  find_isa(\${CPUINFO} "${word}" ${word}_FOUND)
  if(${word}_FOUND OR WANT_${input})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 12.3)
      list(APPEND FLAGS ${flags})
    else()
      message(WARNING "${word} is off; set VLLM_CPU_NOT_AN_INPUT=1")
    endif()
  endif()`,
  )
  .join('\n')}
elseif(AVX2_FOUND)
  list(APPEND FLAGS "-mavx2")
elseif(POWER_FOUND)
  list(APPEND FLAGS "-mvsx" "-mcpu=power10")
elseif(ASIMD_FOUND)
  set(MARCH "-march=armv8.2-a+dotprod+fp16")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "riscv64")
  list(APPEND FLAGS "-march=rv64gc")
endif()
if((AVX512_FOUND AND NOT AVX512_OFF) OR (ASIMD_FOUND AND NOT APPLE_FOUND))
  if(ASIMD_FOUND)
    FetchContent_Declare(arm_compute GIT_TAG v52)
  endif()
  if(DEFINED ENV{ONEDNN_DIRECTORY})
    FetchContent_Declare(oneDNN SOURCE_DIR $ENV{ONEDNN_DIRECTORY})
  else()
    FetchContent_Declare(oneDNN GIT_TAG  ${oneDnn} GIT_SHALLOW TRUE)
  endif()
elseif(POWER_FOUND)
  FetchContent_Declare(oneDNN GIT_TAG v1.0)
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
    'cmake/cpu_extension.cmake': fixtureCmake(shape),
  };
}

/** A pin of a release that is laid out like `shape`, at a commit of 40 times `digit`. */
export function fixturePin(
  version: string,
  shape: FixtureShape,
  variants: readonly Variant[],
  digit = 'a',
): NamedRelease {
  const { isaInputs, isaFlags, gxxMinimum, pyLimitedApi } = readCpuExtension(
    fixtureCmake(shape),
    'the fixture',
  );
  const release: Release = {
    ...{ version, active: true },
    source: {
      ...{ kind: 'git', repository: 'https://example.org/vllm.git', tag: `v${version}` },
      ...{ commit: digit.repeat(40), commitTime: 1, requiresPython: '>=3.10,<3.14' },
      torch: { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.1' },
      ...{ oneDnn: null, isaInputs, isaFlags, gxxMinimum, pyLimitedApi },
      buildRequirements: 'requirements/cpu-build.txt',
    },
    equivalences: cmakeEquivalences(isaFlags, variants),
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
