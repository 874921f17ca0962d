import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OneDnnBuild } from '@vllm-cpu/sources/onednn-build';
import { oneDnnOutput } from '@vllm-cpu/sources/onednn-manifest';
import type { OneDnnManifest } from '@vllm-cpu/sources/onednn-manifest';

/** A oneDNN that compiles in a moment, with the real one's target, package and kinds of headers. */
const FILES: Readonly<Record<string, string>> = {
  'CMakeLists.txt': `cmake_minimum_required(VERSION 3.18)
project(DNNL VERSION 3.13.0 LANGUAGES C CXX)
add_library(dnnl STATIC src/common/where.cpp)
set_target_properties(dnnl PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_compile_definitions(dnnl PRIVATE VERBOSE="\${ONEDNN_VERBOSE}")
target_include_directories(dnnl PUBLIC
  $<BUILD_INTERFACE:\${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
install(TARGETS dnnl EXPORT dnnl-targets ARCHIVE DESTINATION \${CMAKE_INSTALL_LIBDIR})
install(FILES include/oneapi/dnnl/dnnl.h DESTINATION include/oneapi/dnnl)
install(EXPORT dnnl-targets NAMESPACE DNNL:: DESTINATION \${CMAKE_INSTALL_LIBDIR}/cmake/dnnl
  FILE dnnl-config.cmake)
`,
  'include/oneapi/dnnl/dnnl.h': 'const char *dnnl_where();\n',
  'src/common/memory.hpp': '#define PRIVATE_HEADER 1\n',
  'src/common/where.cpp': `#include "../../include/oneapi/dnnl/dnnl.h"
const char *dnnl_where() { return __FILE__ " standard " VERBOSE; }
`,
};

/** Writes its sources to the empty folder `at`. */
export function writeOneDnn(at: string): void {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), text);
  }
}

export function aOneDnn(change: Partial<OneDnnBuild> = {}): OneDnnBuild {
  return {
    name: 'v3.13-cxx20',
    tag: 'v3.13',
    commit: null,
    cxxStandard: 20,
    options: { ONEDNN_VERBOSE: 'ON', ONEDNN_ENABLE_PRIMITIVE: 'MATMUL;REORDER' },
    ...change,
  };
}

/** Leaves the manifest of a built one, without the rest, where a task would leave it. */
export function writeOneDnnManifest(root: string, key: string): void {
  const { name, tag, cxxStandard, options } = aOneDnn();
  const manifest: OneDnnManifest = {
    ...{ schemaVersion: 1, key, inputs: {}, name, platform: 'linux-x86_64', tag, commit: null },
    ...{ cxxStandard, options: { ...options }, tools: {}, jobs: 1, seconds: 1 },
    compileCache: { program: null, hits: 0, misses: 0 },
    library: { file: 'lib/libdnnl.a', sha256: 'ab'.repeat(32), size: 1 },
    log: 'onednn.log',
  };
  const output = join(root, oneDnnOutput(name));
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, 'manifest.json'), JSON.stringify(manifest));
}
