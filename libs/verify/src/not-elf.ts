/** What a file that is called a module may be instead, by its first bytes. */
const KINDS: readonly [kind: string, starts: readonly string[]][] = [
  ['a Git LFS pointer: the real file was never fetched', ['version https://git-lfs']],
  [
    'a Mach-O file of macOS',
    ['\xfe\xed\xfa\xce', '\xfe\xed\xfa\xcf', '\xcf\xfa\xed\xfe', '\xce\xfa\xed\xfe'],
  ],
  ['a universal file of macOS', ['\xca\xfe\xba\xbe']],
  ['a file of Windows', ['MZ']],
  ['a static library', ['!<arch>\n', '!<thin>\n']],
  ['a linker script', ['/*', 'INPUT', 'GROUP', 'OUTPUT_FORMAT']],
];

/** Bytes of the longest of them. */
export const KIND_LENGTH = 24;

/** Names that Python and the loader take for machine code. */
const MODULE_NAME = /\.so(\.[0-9]+)*$/;

/**
 * What is wrong with a file that is called a module and is not an ELF file; undefined for any other name.
 * `start` is its first bytes, KIND_LENGTH of them where it has as many.
 */
export function notElf(name: string, start: Buffer): string | undefined {
  if (!MODULE_NAME.test(name)) return undefined;
  if (start.length === 0) return 'is called a module and is empty';
  const text = start.toString('latin1');
  const kind = KINDS.find(([, starts]) => starts.some((magic) => text.startsWith(magic)))?.[0];
  return `is called a module and is not an ELF file${kind ? ` but ${kind}` : ''}`;
}
