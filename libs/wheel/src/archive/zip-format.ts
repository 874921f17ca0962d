/**
 * Layout of the ZIP structures, after PKWARE's APPNOTE.TXT 6.3 (sections 4.3.7, 4.3.12 to 4.3.16).
 * All numbers are little-endian.
 */
export const SIGNATURE = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  descriptor: 0x08074b50,
} as const;

export const LOCAL_SIZE = 30;
export const CENTRAL_SIZE = 46;
export const END_SIZE = 22;
export const END64_SIZE = 56;
export const LOCATOR64_SIZE = 20;

/** Bits of the general purpose flag. */
export const FLAG = { encrypted: 1 << 0, descriptor: 1 << 3, strong: 1 << 6, utf8: 1 << 11 };
/** Encrypted in any form, patched data, and bits that nobody defines. */
export const REFUSED_FLAGS = 0xffff & ~(0b1110 | FLAG.utf8);

export const STORED = 0;
export const DEFLATED = 8;

/** What a local header states. */
export interface LocalHeader {
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
  nameLength: number;
  extraLength: number;
}

/** What a central header states, sizes and offset with their ZIP64 values. */
export interface CentralHeader extends LocalHeader {
  commentLength: number;
  diskStart: number;
  /** Upper half: the Unix mode, where the entry was made on Unix. */
  externalAttributes: number;
  localOffset: number;
}

export function readLocalHeader(view: DataView): LocalHeader {
  return {
    flags: view.getUint16(6, true),
    method: view.getUint16(8, true),
    crc: view.getUint32(14, true),
    compressedSize: view.getUint32(18, true),
    size: view.getUint32(22, true),
    nameLength: view.getUint16(26, true),
    extraLength: view.getUint16(28, true),
  };
}

export function readCentralHeader(view: DataView): CentralHeader {
  return {
    flags: view.getUint16(8, true),
    method: view.getUint16(10, true),
    crc: view.getUint32(16, true),
    compressedSize: view.getUint32(20, true),
    size: view.getUint32(24, true),
    nameLength: view.getUint16(28, true),
    extraLength: view.getUint16(30, true),
    commentLength: view.getUint16(32, true),
    diskStart: view.getUint16(34, true),
    externalAttributes: view.getUint32(38, true),
    localOffset: view.getUint32(42, true),
  };
}

const UNKNOWN_32 = 0xffffffff;
const ZIP64_ID = 0x0001;
/** Info-ZIP Unicode Path: a second name, which only some readers honour. */
const UNICODE_PATH_ID = 0x7075;

type Sizes = Pick<CentralHeader, 'compressedSize' | 'size'> & { localOffset?: number };

/**
 * Replaces the 32-bit placeholders of a header by the values of its ZIP64 extra field.
 * Returns undefined where the extra field is malformed, stands twice, or renames the entry.
 */
export function withZip64<Header extends Sizes>(
  header: Header,
  extra: Uint8Array,
): Header | undefined {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  let zip64: { start: number; end: number } | undefined;
  for (let at = 0; at < extra.length;) {
    if (at + 4 > extra.length) return undefined;
    const id = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > extra.length || id === UNICODE_PATH_ID) return undefined;
    if (id === ZIP64_ID) {
      if (zip64) return undefined;
      zip64 = { start: at + 4, end };
    }
    at = end;
  }
  const resolved = { ...header };
  for (const field of ['size', 'compressedSize', 'localOffset'] as const) {
    if (resolved[field] !== UNKNOWN_32) continue;
    if (!zip64 || zip64.start + 8 > zip64.end) return undefined;
    const value = view.getBigUint64(zip64.start, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
    resolved[field] = Number(value);
    zip64.start += 8;
  }
  return resolved;
}

export function viewOf(bytes: Uint8Array, at = 0, length = bytes.length - at): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, length);
}
