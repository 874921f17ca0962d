import { Deflate, deflateSync } from 'fflate';

/**
 * Pieces that the compressor is given. The size is part of the format: other pieces give other
 * bytes.
 */
export const PIECE = 1024 * 1024;

/**
 * Level 6: on 80 MB of machine code level 9 takes twice as long for 0.1 %. fflate and not zlib, because
 * zlib's output differs between processors and Node versions, and these bytes must not.
 */
const LEVEL = 6;
/** Of the table of what was seen, 2 MiB: it is made anew for each member. */
const LARGE = { level: LEVEL, mem: 8 } as const;
/** 128 KiB. A wheel has thousands of small members, and large tables for them keep the garbage collector busy. */
const SMALL = { level: LEVEL, mem: 4 } as const;

/** Compresses pieces of exactly PIECE bytes (the last may be shorter). */
export async function* deflated(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let deflate: Deflate | undefined;
  let held: Uint8Array | undefined;
  for await (const piece of pieces) {
    if (held) {
      deflate ??= new Deflate(LARGE, (chunk) => ready.push(chunk));
      deflate.push(held, false);
    }
    held = piece;
    yield* ready;
    ready = [];
  }
  const last = held ?? new Uint8Array(0);
  if (deflate) deflate.push(last, true);
  else ready.push(deflateSync(last, SMALL));
  yield* ready;
}
