import { open, readFile, stat } from 'node:fs/promises';
import type { Archive, ArchiveEntry } from './archive-reader.ts';
import { deflated, PIECE } from './deflated.ts';
import { DEFLATED, STORED } from './zip-format.ts';
import type { WrittenEntry } from './zip-write-format.ts';

/**
 * Where a member's bytes come from: memory, a file, or an entry of an archive that this writer made
 * (copied as it is compressed there).
 */
export type MemberContent =
  | Uint8Array
  | { readonly file: string }
  | { readonly archive: Archive; readonly entry: ArchiveEntry };

type Seen = (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>;

/**
 * The member's data as it will lie in the archive. Every uncompressed byte passes `seen`; the method
 * is set in `entry`.
 */
export async function* compressed(
  content: MemberContent,
  entry: WrittenEntry,
  seen: Seen,
): AsyncGenerator<Uint8Array> {
  if (!(content instanceof Uint8Array) && 'archive' in content) {
    for await (const piece of seen(content.archive.chunks(content.entry))) void piece;
    entry.method = content.entry.method === 'stored' ? STORED : DEFLATED;
    yield* content.archive.rawChunks(content.entry);
    return;
  }
  const pieces = seen(
    content instanceof Uint8Array ? piecesOf(content) : piecesOfFile(content.file),
  );
  const first = await pieces.next();
  if (first.done) {
    entry.method = STORED;
    return;
  }
  yield* deflated(
    (async function* () {
      yield first.value;
      yield* pieces;
    })(),
  );
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function* piecesOfFile(path: string): AsyncGenerator<Uint8Array> {
  if ((await stat(path)).size < PIECE) {
    yield* piecesOf(await readFile(path));
    return;
  }
  const file = await open(path, 'r');
  try {
    for (;;) {
      const piece = Buffer.alloc(PIECE);
      let length = 0;
      while (length < PIECE) {
        const { bytesRead } = await file.read(piece, length, PIECE - length, null);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > 0) yield piece.subarray(0, length);
      if (length < PIECE) return;
    }
  } finally {
    await file.close();
  }
}
