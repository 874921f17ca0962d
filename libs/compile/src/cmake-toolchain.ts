import type { ReleaseSource } from '@vllm-cpu/sources/release';

/** Name of the file in a compile's folder; CMAKE_TOOLCHAIN_FILE leads cmake to it, whatever setup.py passes. */
export const TOOLCHAIN_FILE = 'toolchain.cmake';

/**
 * What cmake is told before upstream's files are read. No debug information: the published wheel is
 * stripped of it, and it takes a quarter of the time and most of the compile cache. The rest of
 * RelWithDebInfo, which upstream's setup.py chooses, stays as it is. And what upstream would ask the
 * compiler of the day is answered by the pin: no.
 */
export function cmakeToolchain(source: Pick<ReleaseSource, 'compilerProbes'>): string {
  const lines = [
    ...['C', 'CXX'].map(
      (language) =>
        `set(CMAKE_${language}_FLAGS_RELWITHDEBINFO "-O2 -g0 -DNDEBUG" CACHE STRING "" FORCE)`,
    ),
    ...(source.compilerProbes ?? []).map(
      ({ variable }) => `set(${variable} OFF CACHE BOOL "" FORCE)`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
