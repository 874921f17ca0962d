import { PT_LOAD } from './headers.ts';
import type { Segment } from './headers.ts';

/**
 * Bytes of the largest page that each machine's kernels are built with. 64-bit ARM has pages of 4, 16
 * (Raspberry Pi 5, Asahi) and 64 KiB (some distributions for servers); x86-64 knows one size.
 */
const LARGEST_PAGE: Readonly<Record<string, number>> = { aarch64: 65536, x86_64: 4096 };

/** The largest page that a kernel for `machine` may have, in bytes; undefined where it is not known. */
export function largestPage(machine: string): number | undefined {
  return LARGEST_PAGE[machine];
}

/**
 * The largest page, in bytes, with which the loader can map the segments; Infinity without any. It
 * wants each alignment to be a multiple of the page, and file offset and address to be alike within it
 * (_dl_map_object_from_fd in glibc's elf/dl-load.c).
 */
export function loadablePage(segments: readonly Segment[]): number {
  const loaded = segments.filter(({ type }) => type === PT_LOAD);
  return Math.min(
    Infinity,
    ...loaded.map((each) => Math.min(each.alignment || 1, congruence(each))),
  );
}

/** The largest power of two that divides the distance between address and file offset. */
function congruence({ address, offset }: Segment): number {
  const distance = BigInt(address) - BigInt(offset);
  return distance === 0n ? Infinity : Number(distance & -distance);
}
