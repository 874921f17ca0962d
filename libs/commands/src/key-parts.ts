import { sha256, sha256Unchanged, stableJson } from '@vllm-cpu/system/digest';
import { findProgram } from '@vllm-cpu/system/programs';
import { sourceClosure } from '@vllm-cpu/system/source-closure';
import { importedPackages } from './imported-packages.ts';

const programs = new Map<string, string>();

/**
 * Digest of a stage's own program: the source of `entry` and of all that it imports, the files that these
 * name, and the versions of their packages. Read once in a process.
 */
export function stageProgram(entry: string): string {
  const known = programs.get(entry);
  if (known !== undefined) return known;
  const digest = sha256([sourceClosure([entry]), stableJson(importedPackages([entry]))].join(' '));
  programs.set(entry, digest);
  return digest;
}

/** Digests of the programs of these names on `path`; those that are not there are left out. */
export function toolDigests(
  names: readonly string[],
  path: string | undefined,
): Record<string, string> {
  const found = names.flatMap((name) => {
    const program = findProgram(name, path);
    return program ? [[name, sha256Unchanged(program)] as const] : [];
  });
  return Object.fromEntries(found);
}
