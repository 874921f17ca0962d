import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Release } from '@vllm-cpu/sources/release';
import type { ZipEntry } from '../fixtures/zip-fixture.ts';
import { moduleSource, witnesses } from './wheel-workshop.ts';
import type { WheelParts, WheelWorkshop } from './wheel-workshop.ts';

export const MODULE = 'vllm/_C.abi3.so';

export interface Case {
  /** What is wrong, and the only thing that is. */
  fault: string;
  variant?: string;
  breaks: (parts: WheelParts, workshop: WheelWorkshop) => Promise<void> | void;
  release?: Partial<Release>;
  /** The checks that refuse it. */
  by: string[];
  /** The place and the reason in the message. */
  says: RegExp;
}

/** Adds functions to the variant's module. */
export function withCode(assembly: Record<string, string>, flags: string[] = []): Case['breaks'] {
  return async (parts, workshop) => {
    const source = moduleSource({ ...witnesses(parts.variant), ...assembly });
    parts.files[MODULE] = await workshop.compile(source, flags);
  };
}

/** Adds one ELF file with one function. */
export function withFile(path: string, source: string, flags: string[] = []): Case['breaks'] {
  return async (parts, workshop) => {
    parts.files[path] = await workshop.compile(source, flags);
  };
}

/** Links the variant's module with these flags, and preamble in C. */
export function linked(flags: string[], preamble = ''): Case['breaks'] {
  return async (parts, workshop) => {
    const source = `${preamble}\n${moduleSource(witnesses(parts.variant))}`;
    parts.files[MODULE] = await workshop.compile(source, flags);
  };
}

export function inMetadata(change: (text: string) => string): Case['breaks'] {
  return (parts) => {
    const path = `${parts.distInfo}/METADATA`;
    parts.files[path] = change(String(parts.files[path]));
  };
}

export function withEntry(...entries: ZipEntry[]): Case['breaks'] {
  return (parts) => {
    parts.zip = (fixture) => ({ ...fixture, entries: [...fixture.entries, ...entries] });
  };
}

/** A module that needs `symbol@version` of a library newer than this machine's. */
export function needs(library: string, version: string, symbol: string): Case['breaks'] {
  return async (parts, workshop) => {
    const folder = await mkdtemp(join(workshop.folder, 'stub-'));
    await writeFile(join(folder, 'stub.c'), `void ${symbol}(void) {}\n`);
    await writeFile(join(folder, 'stub.map'), `${version} { global: ${symbol}; local: *; };\n`);
    const link = [`-Wl,-soname,${library}`, '-Wl,--version-script=stub.map'];
    const stub = ['-shared', '-fPIC', '-nostdlib', 'stub.c', '-o', library, ...link];
    await workshop.run(['gcc', ...stub], folder);
    const call = `extern void ${symbol}(void);\nvoid call(void) { ${symbol}(); }`;
    await linked(['-Wl,--no-as-needed', join(folder, library)], call)(parts, workshop);
  };
}
