import { access, readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isElf, parseElf, type ElfFile } from '@vllm-cpu/elf/elf-file';
import { findProgram } from '@vllm-cpu/system/programs';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';

/** A shared library of the build host. */
export interface FoundLibrary {
  soname: string;
  /** Where the file really is, links followed. */
  path: string;
  elf: ElfFile;
}

export interface LibrarySearch {
  /** Searched first, in order. */
  directories: readonly string[];
  machine: string;
  env: Readonly<Record<string, string>>;
  runner: Runner;
}

/**
 * Finds a library as the runtime linker of this host would, in `directories` and then in its cache.
 * @throws VllmCpuError LIBRARY_NOT_FOUND
 */
export async function findLibrary(
  soname: string,
  neededBy: string,
  search: LibrarySearch,
): Promise<FoundLibrary> {
  const local = search.directories.map((directory) => join(directory, soname));
  for (const candidate of [...local, ...(await cachedPaths(soname, search))]) {
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (!found) continue;
    const path = await realpath(candidate);
    const bytes = await readFile(path);
    if (!isElf(bytes)) continue;
    const elf = parseElf(bytes, path);
    if (elf.machine === search.machine && elf.class === 64) return { soname, path, elf };
  }
  throw new VllmCpuError({
    code: 'LIBRARY_NOT_FOUND',
    what: `library ${soname} for ${search.machine} not found; ${neededBy} needs it`,
    why: 'It is neither in the manylinux policy nor in torch, so it is copied into the wheel.',
    next: 'Install the package that contains it, or add its directory to LIBRARY_PATH.',
  });
}

/** What `ldconfig -p` lists for a name; the tool is outside of a user's PATH on Debian. */
async function cachedPaths(soname: string, search: LibrarySearch): Promise<string[]> {
  const ldconfig = findProgram('ldconfig', `${search.env['PATH'] ?? ''}:/usr/sbin:/sbin`);
  if (!ldconfig) return [];
  const { stdout } = await search.runner.try({ argv: [ldconfig, '-p'], env: search.env });
  return parseLdconfig(stdout).get(soname) ?? [];
}

/** `libnuma.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libnuma.so.1`, by name. */
export function parseLdconfig(output: string): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const [, name, path] of output.matchAll(/^\s+(\S+) \([^)]*\) => (\S+)$/gm)) {
    if (name && path) paths.set(name, [...(paths.get(name) ?? []), path]);
  }
  return paths;
}
