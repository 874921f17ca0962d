import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Header } from 'tar';

/** One entry of an archive that is made by hand, so that it can be a hostile one. */
export interface FixtureEntry {
  path: string;
  text?: string;
  type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'FIFO';
  linkpath?: string;
  mode?: number;
}

export const SDIST_TIME = new Date('2026-01-01T00:00:00Z');

/** Writes a .tar.gz with exactly `entries`, all of SDIST_TIME but for what is `newer`. */
export function writeSdist(
  file: string,
  entries: readonly FixtureEntry[],
  newer: Readonly<Record<string, Date>> = {},
): void {
  const blocks = entries.flatMap(({ path, text = '', type = 'File', linkpath, mode = 0o644 }) => {
    const body = Buffer.from(text);
    const header = new Header({
      ...{ path, type, mode, size: body.length, mtime: newer[path] ?? SDIST_TIME },
      ...{ uid: 4321, gid: 4321 },
      ...(linkpath ? { linkpath } : {}),
    });
    header.encode();
    const padding = Buffer.alloc((512 - (body.length % 512)) % 512);
    return [header.block ?? Buffer.alloc(0), body, padding];
  });
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
}

/** The entries of a small source distribution with these files below `folder`. */
export function sdistEntries(
  folder: string,
  files: Readonly<Record<string, string>>,
): FixtureEntry[] {
  return Object.entries(files).map(([path, text]) => ({ path: `${folder}/${path}`, text }));
}
