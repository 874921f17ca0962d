/** First bytes of formats that hide what they hold until they are unpacked. */
const FORMATS: readonly [name: string, magic: string][] = [
  ['zip', 'PK\x03\x04'],
  ['gzip', '\x1f\x8b\x08'],
  ['bzip2', 'BZh'],
  ['xz', '\xfd7zXZ\x00'],
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['lz4', '\x04\x22\x4d\x18'],
  ['7z', '7z\xbc\xaf\x27\x1c'],
];

/** Bytes of the longest of them, and some. */
const MAGIC_LENGTH = 8;

/** The format that a packed file has by its first bytes; undefined for any other file. */
export function packedFormat(start: Buffer): string | undefined {
  const text = start.subarray(0, MAGIC_LENGTH).toString('latin1');
  return FORMATS.find(([, magic]) => text.startsWith(magic))?.[0];
}
