import { Deflate } from 'fflate';

/**
 * Pieces that the compressor is given. The size is part of the format: other pieces give other
 * bytes.
 */
export const PIECE = 1024 * 1024;

/**
 * Level 6: on 80 MB of machine code level 9 takes twice as long for 0.1 %. fflate and not zlib, because
 * zlib's output differs between processors and Node versions, and these bytes must not.
 */
const OPTIONS = { level: 6, mem: 8 } as const;

/** Compresses pieces of exactly PIECE bytes (the last may be shorter). */
export async function* deflated(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const deflate = new Deflate(OPTIONS, (chunk) => ready.push(chunk));
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    if (held) deflate.push(held, false);
    held = piece;
    yield* ready;
    ready = [];
  }
  deflate.push(held ?? new Uint8Array(0), true);
  yield* ready;
}
