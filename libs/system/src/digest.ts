import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileState } from './files/file-state.ts';

/** SHA-256 of bytes or text, lower-case hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** SHA-256 of a file's content, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const known = new Map<string, { state: string; digest: string }>();

/** SHA-256 of a file that many keys have in them, read once in a process while it stays as it is. */
export function sha256Unchanged(path: string): string {
  const state = fileState(path);
  const before = known.get(path);
  if (before && before.state === state) return before.digest;
  const digest = sha256(readFileSync(path));
  if (state) known.set(path, { state, digest });
  return digest;
}

/** Names that are never part of a source's content. */
const IGNORED = new Set(['.git', 'node_modules', '__pycache__', '.DS_Store']);

/**
 * SHA-256 over the relative names, kinds, executable bits and contents of everything below
 * `directory`, in byte order of the names. `skip` drops further relative paths.
 */
export async function sha256Tree(
  directory: string,
  skip: (relativePath: string) => boolean = () => false,
): Promise<string> {
  const hash = createHash('sha256');
  const walk = (relative: string): void => {
    const entries = readdirSync(join(directory, relative));
    for (const name of entries.filter((entry) => !IGNORED.has(entry)).sort()) {
      const path = relative ? `${relative}/${name}` : name;
      if (skip(path)) continue;
      const full = join(directory, path);
      const status = lstatSync(full);
      if (status.isDirectory()) {
        walk(path);
      } else if (status.isSymbolicLink()) {
        hash.update(`link ${path}\0${readlinkSync(full)}\0`);
      } else if (status.isFile()) {
        const executable = (status.mode & 0o111) !== 0 ? 'x' : '-';
        hash.update(`file ${path}\0${executable}${sha256Unchanged(full)}\0`);
      }
    }
  };
  walk('');
  return hash.digest('hex');
}

/** JSON with sorted keys: equal values give equal text. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
