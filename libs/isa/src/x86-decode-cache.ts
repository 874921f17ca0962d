import { Code, EncodingKind } from './iced.ts';
import type { Decoder, Instruction } from './iced.ts';

/** Bytes of the longest x86 instruction. */
const LONGEST = 15;
/** Entries of a node, one for each value of a byte. */
const NODE = 256;
/** 64 MiB, of which only touched pages take memory: 14 MiB for a vLLM module with AMX. */
const ENTRIES = NODE * 65_536;
/** Code and length in one number: a length has four bits. */
const LENGTH_BITS = 4;

/**
 * What the decoder said of instructions, by the bytes that decide: prefixes, opcode, ModRM and SIB. The
 * displacement and the immediate behind them change neither code nor length (Intel SDM, volume 2, section 2.1),
 * so the decoder is called 50,000 times for the 7 million instructions of a vLLM module.
 */
export class X86DecodeCache {
  /** A tree by bytes: 0 is not known, above 0 the next node, below 0 code and length, negated. */
  private readonly nodes = new Int32Array(ENTRIES);
  private used = NODE;

  /** Code and length of the instruction at `at`; 0 where the decoder has to be asked. */
  find(bytes: Uint8Array, at: number): number {
    // Bytes that the file may not have: the decoder knows where it ends.
    if (at + LONGEST > bytes.length) return 0;
    let entry = 0;
    do entry = this.nodes[entry + (bytes[at++] ?? 0)] ?? 0;
    while (entry > 0);
    return -entry;
  }

  /** Keeps what the decoder has just said of the bytes at `at`; answers it as `find` does. */
  add(bytes: Uint8Array, at: number, decoder: Decoder, instruction: Instruction): number {
    const { code, encoding, length } = instruction;
    const found = (code << LENGTH_BITS) | length;
    // What made bytes invalid is not known, and 3DNow has its opcode behind the displacement.
    if (code === Code.INVALID || encoding === EncodingKind.D3NOW) return found;
    const last = at + decisiveBytes(decoder, instruction) - 1;
    if (this.used + NODE * LONGEST > ENTRIES) return found;
    let node = 0;
    for (let place = at; place < last; place++) node = this.next(node + (bytes[place] ?? 0));
    const leaf = node + (bytes[last] ?? 0);
    if (this.nodes[leaf] === 0) this.nodes[leaf] = -found;
    return found;
  }

  private next(entry: number): number {
    if (this.nodes[entry] === 0) {
      this.nodes[entry] = this.used;
      this.used += NODE;
    }
    return this.nodes[entry] ?? 0;
  }
}

export function codeOf(found: number): Code {
  return found >> LENGTH_BITS;
}

export function lengthOf(found: number): number {
  return found & ((1 << LENGTH_BITS) - 1);
}

/** Bytes before the displacement and the immediate. */
function decisiveBytes(decoder: Decoder, instruction: Instruction): number {
  const offsets = decoder.getConstantOffsets(instruction);
  const displacement = offsets.hasDisplacement ? offsets.displacementOffset : LONGEST;
  const immediate = offsets.hasImmediate ? offsets.immediateOffset : LONGEST;
  offsets.free();
  return Math.min(instruction.length, displacement, immediate);
}

const caches: Partial<Record<32 | 64, X86DecodeCache>> = {};

/** The cache of this process for 32-bit or 64-bit code: modules have most instructions in common. */
export function decodeCache(bitness: 32 | 64): X86DecodeCache {
  return (caches[bitness] ??= new X86DecodeCache());
}
