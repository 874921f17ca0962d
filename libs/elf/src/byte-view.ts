import { VllmCpuError } from '@vllm-cpu/system/errors';

/** The one error of every parser of ELF bytes. */
export function malformed(name: string, problem: string, cause?: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'ELF_MALFORMED',
    what: `${name} is not a valid ELF file: ${problem}`,
    why: 'A module that cannot be read cannot be verified, and the loader may reject it too.',
    next: 'Build the module again. Do not use it if it came from elsewhere.',
    cause,
  });
}

const MAX_EXTRA_TEXT = 16 * 1024 * 1024;

/**
 * Reads numbers and strings out of an ELF file in its own byte order and word size. Every read is
 * checked against the file's end, so hostile offsets end in ELF_MALFORMED and nothing else.
 */
export class ByteView {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly is64: boolean;
  private readonly data: DataView;
  private textRead = 0;

  constructor(bytes: Uint8Array, name: string, littleEndian: boolean, is64: boolean) {
    this.bytes = bytes;
    this.name = name;
    this.littleEndian = littleEndian;
    this.is64 = is64;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Throws unless `size` bytes can be read at `offset`. */
  require(offset: number, size: number, what: string): void {
    if (offset >= 0 && size >= 0 && offset + size <= this.bytes.length) return;
    throw malformed(
      this.name,
      `${what} (offset ${offset}, ${size} bytes) is beyond the end of the file (${this.bytes.length} bytes)`,
    );
  }

  u8(offset: number): number {
    this.require(offset, 1, 'a byte');
    return this.data.getUint8(offset);
  }

  u16(offset: number): number {
    this.require(offset, 2, 'a half word');
    return this.data.getUint16(offset, this.littleEndian);
  }

  u32(offset: number): number {
    this.require(offset, 4, 'a word');
    return this.data.getUint32(offset, this.littleEndian);
  }

  i32(offset: number): number {
    return this.u32(offset) | 0;
  }

  /** A 64-bit value as a number; values over 2^53 come out rounded, so compare before use. */
  u64(offset: number): number {
    this.require(offset, 8, 'a double word');
    const [low, high] = this.littleEndian ? [0, 4] : [4, 0];
    const upper = this.data.getUint32(offset + high, this.littleEndian);
    return upper * 2 ** 32 + this.data.getUint32(offset + low, this.littleEndian);
  }

  i64(offset: number): number {
    this.require(offset, 8, 'a double word');
    return Number(this.data.getBigInt64(offset, this.littleEndian));
  }

  /** An address or size in the file's own word size. */
  word(offset: number): number {
    return this.is64 ? this.u64(offset) : this.u32(offset);
  }

  /**
   * The zero-terminated string at `offset`, which has to end before `end`. A hostile file can
   * point thousands of names at one long string, so the sum of what is read has a limit.
   */
  cString(offset: number, end: number = this.bytes.length): string {
    const length = offset < 0 || offset >= end ? -1 : this.bytes.subarray(offset, end).indexOf(0);
    if (length < 0) {
      throw malformed(this.name, `the string at offset ${offset} does not end in its table`);
    }
    this.textRead += length;
    if (this.textRead > 4 * this.bytes.length + MAX_EXTRA_TEXT) {
      throw malformed(this.name, 'its names overlap, and together are longer than any real table');
    }
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + offset, length).toString('utf8');
  }
}
