import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import type { SourceEdit } from '@vllm-cpu/sources/edits';
import type { OneDnnBuild } from '@vllm-cpu/sources/onednn-build';
import { builtOneDnn, oneDnnOutput } from '@vllm-cpu/sources/onednn-manifest';
import type { OneDnnManifest } from '@vllm-cpu/sources/onednn-manifest';

/** A oneDNN as it lies in the folder of one compile. */
export interface BuiltOneDnn {
  manifest: OneDnnManifest;
  /** cmake code that takes the place of building it. */
  cmake: string;
}

/**
 * Copies the built oneDNN into the throwaway folder of a compile, where the prefix maps and the compile
 * cache see the same path for every clone, and writes the cmake code that upstream's includes.
 * @throws VllmCpuError ONEDNN_NOT_BUILT where it is missing or of another key
 */
export async function layOneDnn(
  build: OneDnnBuild,
  key: string,
  root: string,
  task: string,
): Promise<BuiltOneDnn> {
  const output = join(root, oneDnnOutput(build.name));
  const manifest = builtOneDnn(output);
  if (!manifest) throw notBuilt(build, `${output} does not have it.`);
  if (manifest.key !== key) throw notBuilt(build, `${output} is of other sources or tools.`);
  const folder = join(task, 'onednn');
  await cp(output, folder, { recursive: true });
  const cmake = join(task, 'onednn.cmake');
  await writeAtomically(cmake, importedTarget(build, folder));
  return { manifest, cmake };
}

function notBuilt(build: OneDnnBuild, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'ONEDNN_NOT_BUILT',
    what: `oneDNN ${build.name} has not been built with these sources and tools`,
    why,
    next: `Run npx nx run upstream:onednn-${build.name}; the compile targets depend on it.`,
  });
}

/** Upstream's line that fetches and builds oneDNN; its text never changed. */
export function oneDnnEdit(cmake: string): SourceEdit {
  return {
    id: 'built-onednn',
    file: 'cmake/cpu_extension.cmake',
    find: 'FetchContent_MakeAvailable(oneDNN)',
    replace: `include([=[${cmake}]=])`,
    why: 'oneDNN is built once, by its own task, for every variant and release that links it',
  };
}

/**
 * Upstream's variables that are named like options and are none on x86-64: of the Arm Compute Library,
 * and (0.18 to 0.20) of the flags for its own `dnnl_ext`.
 */
const NO_OPTIONS = ['ONEDNN_AARCH64_USE_ACL', 'DNNL_COMPILE_FLAGS'];

/**
 * What upstream's cmake knows after FetchContent_MakeAvailable: the target `dnnl` with its include
 * folders, and the two variables by which dnnl_ext finds headers. Before that it is checked that
 * upstream asks for just the oneDNN that was built.
 */
export function importedTarget(build: OneDnnBuild, folder: string): string {
  const expected = Object.entries(build.options).sort(([a], [b]) => (a < b ? -1 : 1));
  return `# Written by vllm-cpu-wheels: a oneDNN that is built already, in place of building it here.
set(_built_differs "")
${expected.map(([name, value]) => differs(name, value)).join('\n')}
if(DEFINED CMAKE_CXX_STANDARD AND NOT CMAKE_CXX_STANDARD EQUAL ${build.cxxStandard})
  list(APPEND _built_differs "CMAKE_CXX_STANDARD is \${CMAKE_CXX_STANDARD}")
endif()
get_cmake_property(_built_names VARIABLES)
list(FILTER _built_names INCLUDE REGEX "^(ONEDNN|DNNL)_")
list(REMOVE_ITEM _built_names ${[...NO_OPTIONS, ...expected.map(([name]) => name)].join(' ')})
foreach(_built_name IN LISTS _built_names)
  list(APPEND _built_differs "\${_built_name} is \${\${_built_name}}")
endforeach()
if(_built_differs)
  message(FATAL_ERROR "upstream asks for another oneDNN than ${build.name}: \${_built_differs}")
endif()
set(oneDNN_SOURCE_DIR [=[${folder}]=])
set(oneDNN_BINARY_DIR [=[${folder}]=])
find_package(dnnl CONFIG REQUIRED PATHS [=[${join(folder, 'lib', 'cmake', 'dnnl')}]=] NO_DEFAULT_PATH)
set_target_properties(DNNL::dnnl PROPERTIES IMPORTED_GLOBAL TRUE)
add_library(dnnl ALIAS DNNL::dnnl)
`;
}

function differs(name: string, value: string): string {
  return `if(NOT "\${${name}}" STREQUAL [=[${value}]=])
  list(APPEND _built_differs "${name} is \${${name}}")
endif()`;
}
