import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

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
  const walk = async (relative: string): Promise<void> => {
    const entries = await readdir(join(directory, relative));
    for (const name of entries.filter((entry) => !IGNORED.has(entry)).sort()) {
      const path = relative ? `${relative}/${name}` : name;
      if (skip(path)) continue;
      const full = join(directory, path);
      const status = await lstat(full);
      if (status.isDirectory()) {
        await walk(path);
      } else if (status.isSymbolicLink()) {
        hash.update(`link ${path}\0${await readlink(full)}\0`);
      } else if (status.isFile()) {
        const executable = (status.mode & 0o111) !== 0 ? 'x' : '-';
        hash.update(`file ${path}\0${executable}${sha256(await readFile(full))}\0`);
      }
    }
  };
  await walk('');
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
