import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyEdits, cpuinfoEdit } from '@vllm-cpu/compile/source-edits';
import { syntheticCpuinfo } from '@vllm-cpu/cmake/synthetic-cpuinfo';
import { featureBits } from '@vllm-cpu/package/feature-bits';
import { createRunner } from '@vllm-cpu/system/run';
import { SHARED_WORKSPACE } from '../clone.ts';
import { sharedInterpreter } from '../interpreter.ts';

const SAMPLE = join(import.meta.dirname, '../../../packages/upstream/sample');
const COMPILER = 'aarch64-linux-gnu-g++';

const TOOLCHAIN = `
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER ${COMPILER})
`;

/** Enough of libnuma to link with: the cross compiler's system has none. */
const NUMA_H = 'extern "C" int numa_available(); extern "C" int numa_max_node();\n';
const NUMA_CPP =
  '#include <numa.h>\nint numa_available() { return 0; }\nint numa_max_node() { return 0; }\n';

const runner = createRunner();
const run = (argv: readonly [string, ...string[]], cwd: string) =>
  runner.run({
    argv,
    cwd,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      CCACHE_DIR: join(SHARED_WORKSPACE, 'ccache'),
      CCACHE_BASEDIR: cwd,
      CCACHE_NOHASHDIR: '1',
    },
  });

export interface Arm64Sample {
  /** The extension module, absolute. */
  module: string;
  /** What cmake said that it compiles with. */
  flags: string;
  /** Has libnuma.so.1 for arm64, absolute. */
  libraries: string;
}

/**
 * Cross-compiles the embedded upstream's extension with its own cmake, for a build host with
 * `features`, in `folder`.
 */
export async function crossCompile(
  folder: string,
  features: readonly string[],
): Promise<Arm64Sample> {
  const tree = join(folder, 'src');
  const build = join(folder, 'build');
  const numa = join(folder, 'numa');
  await cp(SAMPLE, tree, { recursive: true });
  await Promise.all([build, numa].map((each) => mkdir(each, { recursive: true })));
  const cpuinfo = join(folder, 'cpuinfo');
  await writeFile(cpuinfo, syntheticCpuinfo('linux-aarch64', features));
  await applyEdits(tree, [cpuinfoEdit(cpuinfo)]);
  await writeFile(join(folder, 'toolchain.cmake'), TOOLCHAIN);
  await writeFile(join(numa, 'numa.h'), NUMA_H);
  await writeFile(join(numa, 'numa.cpp'), NUMA_CPP);
  const soname = '-Wl,-soname,libnuma.so.1';
  await run([COMPILER, '-shared', '-fPIC', '-I.', soname, '-o', 'libnuma.so', 'numa.cpp'], numa);
  await symlink('libnuma.so', join(numa, 'libnuma.so.1'));
  await writeFile(join(numa, 'LICENSE'), 'A library of the test.\n');
  const python = sharedInterpreter();
  const include = await putPythonConfiguration(python, numa);
  const tool = (name: string) => join(python, '..', name);
  const configured = await run(
    [
      tool('cmake'),
      tree,
      '-GNinja',
      `-DCMAKE_MAKE_PROGRAM=${tool('ninja')}`,
      `-DCMAKE_TOOLCHAIN_FILE=${join(folder, 'toolchain.cmake')}`,
      '-DCMAKE_BUILD_TYPE=Release',
      '-DCMAKE_CXX_COMPILER_LAUNCHER=ccache',
      `-DCMAKE_CXX_FLAGS=-I${numa} -ffile-prefix-map=${folder}=/build`,
      `-DCMAKE_SHARED_LINKER_FLAGS=-L${numa}`,
      `-DCMAKE_MODULE_LINKER_FLAGS=-L${numa}`,
      `-DVLLM_PYTHON_EXECUTABLE=${python}`,
      // When it cross-compiles, cmake asks no interpreter where its headers are; 4.4.4 alone did.
      `-DPython_INCLUDE_DIR=${include}`,
    ],
    build,
  );
  await run([tool('cmake'), '--build', '.', '--target=_C'], build);
  const flags = /CPU extension compile flags: (.*)/.exec(configured.stdout)?.[1] ?? '';
  return { module: join(build, '_C.abi3.so'), flags, libraries: numa };
}

/** Where pyconfig.h is that has something in it, and where Debian's Python.h looks for that of arm64. */
const CONFIGURATIONS = `
import os, sysconfig
ours = sysconfig.get_config_h_filename()
include, name = os.path.split(os.path.dirname(ours))
debian = os.path.join(include, sysconfig.get_config_var("MULTIARCH") or "", name, "pyconfig.h")
print(debian if os.path.exists(debian) else ours)
print(os.path.join("aarch64-linux-gnu", name, "pyconfig.h"))
print(sysconfig.get_path("include"))
`;

/**
 * Debian's Python.h includes a pyconfig.h by architecture, and has that of its own only. What it says is the
 * same for two 64-bit systems, as far as the stable ABI is concerned. Returns the folder of Python.h.
 */
async function putPythonConfiguration(python: string, include: string): Promise<string> {
  const { stdout } = await run([python, '-c', CONFIGURATIONS], include);
  const [ours = '', wanted = '', headers = ''] = stdout.trim().split('\n');
  const file = join(include, wanted);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#include "${ours}"\n`);
  return headers;
}

/** What the kernels answer, and which code path each took; the kernel's words about the CPU first. */
const MAIN = `
#include <stdio.h>
#include <sys/auxv.h>
#include "kernels.h"
int main() {
  printf("%lu %lu\\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
  fflush(stdout);
  int8_t a[64], b[64];
  uint16_t half[8] = {0x3c00, 0xbc00, 0x4000, 0xc000, 0, 0, 0, 0x3800};
  float out[8], sum = 0;
  for (int i = 0; i < 64; i++) a[i] = (int8_t)(i - 32), b[i] = (int8_t)(2 * i - 64);
  relu_f16(half, out, 8);
  for (float each : out) sum += each;
  printf("%s %d, %s %g\\n", dot_int8_path, dot_int8(a, b, 64), relu_f16_path, sum);
}
`;

/** A program of the sample's kernels alone, compiled with `flags`. */
export async function kernelProgram(folder: string, flags: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'main.cpp'), MAIN);
  const sources = ['dot_int8', 'convert'].map((name) => join(SAMPLE, `csrc/cpu/${name}.cpp`));
  const include = `-I${join(SAMPLE, 'csrc')}`;
  const words = flags.split(/[ ;]/).filter((flag) => flag.startsWith('-march'));
  await run([COMPILER, '-O2', ...words, include, '-o', 'kernels', 'main.cpp', ...sources], folder);
  return join(folder, 'kernels');
}

export interface Ran {
  /** Features of the variant that the guard would not find on this CPU. */
  missing: string[];
  /** What the kernels answered; empty where they died. */
  answer: string;
  signal: string | null;
}

/** Runs that program as on `cpu`, a model of qemu's. */
export async function runAs(
  cpu: string,
  program: string,
  required: readonly string[],
): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '' };
  const argv = ['qemu-aarch64', '-cpu', cpu, '-L', '/usr/aarch64-linux-gnu', program] as const;
  const { stdout, signal } = await runner.try({ argv, env });
  const [first = '', answer = ''] = stdout.split('\n');
  const words = first.split(' ').map(BigInt);
  const bits = featureBits('linux-aarch64');
  const has = (feature: string) => {
    const place = bits[feature];
    return place !== undefined && ((words[place.word] ?? 0n) >> BigInt(place.bit)) % 2n === 1n;
  };
  return { missing: required.filter((feature) => !has(feature)), answer, signal };
}
