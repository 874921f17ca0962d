import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OneDnnBuild } from '../sources/onednn-build.ts';

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
