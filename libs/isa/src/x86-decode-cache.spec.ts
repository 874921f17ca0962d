import { Decoder, DecoderOptions, Instruction } from './iced.ts';
import type { Code } from './iced.ts';
import { describe, expect, it } from '@jest/globals';
import { codeOf, lengthOf, X86DecodeCache } from './x86-decode-cache.ts';

/** Starts of instructions: legacy prefixes and maps, REX, VEX, EVEX, XOP, and none. */
const STARTS = [
  ...[[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a], [0x0f, 0x0f], [0x66], [0xf2], [0xf3], [0xf0], [0x67]],
  ...[[0x48], [0x66, 0x0f], [0xf3, 0x48, 0x0f], [0xc5], [0xc4, 0xe2], [0xc4, 0xe3], [0x8f, 0xe8]],
  ...[[0x62], [0x62, 0xf1, 0x7c, 0x48], [0x62, 0xf2, 0x7d], [0x62, 0xf3], [0xd9], [0xa0], [0xe8]],
];
const ROUNDS = 10_000;

/** The same numbers in every run. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 16;
  };
}

describe.each([64, 32] as const)('instructions of %i-bit code out of the cache', (bitness) => {
  const next = numbers();
  const cache = new X86DecodeCache();
  const instruction = new Instruction();

  function decoded(bytes: Uint8Array): { code: Code; length: number } {
    const decoder = new Decoder(bitness, bytes, DecoderOptions.None);
    decoder.decodeOut(instruction);
    cache.add(bytes, 0, decoder, instruction);
    decoder.free();
    return { code: instruction.code, length: instruction.length };
  }

  it('are what the decoder says, whatever bytes are changed', () => {
    let hits = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const start = STARTS[round % STARTS.length] ?? [];
      const bytes = Uint8Array.from({ length: 15 }, (_, at) => start[at] ?? next() & 0xff);
      const { length } = decoded(bytes);
      bytes[next() % length] = next();
      const found = cache.find(bytes, 0);
      const expected = decoded(bytes);
      if (found === 0) continue;
      hits++;
      if (codeOf(found) !== expected.code || lengthOf(found) !== expected.length) {
        expect({ bytes, code: codeOf(found), length: lengthOf(found) }).toEqual(expected);
      }
    }
    expect(hits).toBeGreaterThan(ROUNDS / 5);
  });

  it('are asked for where the file may end within them', () => {
    const padding = new Uint8Array(16).fill(0x90);
    decoded(padding);
    expect([0, 1, 2].map((at) => cache.find(padding, at) !== 0)).toEqual([true, true, false]);
  });
});
