import { Decoder, DecoderOptions } from './iced.ts';

/** Bytes copied into the decoder's memory at a time: few, because it is asked for few instructions. */
const WINDOW = 64 * 1024;

/** A decoder that can be put at any file offset; copies the code into WebAssembly piece by piece. */
export class X86Window {
  private readonly bytes: Uint8Array;
  private readonly bitness: 32 | 64;
  private decoder: Decoder | undefined;
  private start = 0;
  private end = 0;

  constructor(bytes: Uint8Array, bitness: 32 | 64) {
    this.bytes = bytes;
    this.bitness = bitness;
  }

  /** A decoder that stands at file offset `at` and can go on to `end`; do not keep it. */
  seek(at: number, end: number): Decoder {
    if (!this.decoder || at < this.start || end > this.end) {
      this.close();
      this.start = at;
      this.end = Math.min(this.bytes.length, Math.max(end, at + WINDOW));
      const piece = this.bytes.subarray(this.start, this.end);
      this.decoder = new Decoder(this.bitness, piece, DecoderOptions.None);
    }
    this.decoder.position = at - this.start;
    return this.decoder;
  }

  /** Gives the WebAssembly memory back. */
  close(): void {
    this.decoder?.free();
    this.decoder = undefined;
  }
}
