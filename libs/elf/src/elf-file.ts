import { ByteView, malformed } from './byte-view.ts';
import { readDynamic } from './dynamic.ts';
import type { DynamicInfo } from './dynamic.ts';
import { PT_GNU_STACK, readSections, readSegments } from './headers.ts';
import type { Section, Segment } from './headers.ts';

/** e_machine values that wheels meet; see elf.h. */
const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv',
  258: 'loongarch',
};

const TYPES: Readonly<Record<number, ElfFile['type']>> = {
  1: 'rel',
  2: 'exec',
  3: 'dyn',
  4: 'core',
};

/** One ELF file. Symbols, imports and unwind ranges are read on demand from `view`. */
export interface ElfFile extends DynamicInfo {
  /** The name that errors and findings use: the path in the wheel. */
  name: string;
  /** As uname spells it (x86_64, aarch64), or `machine-<e_machine>`. */
  machine: string;
  class: 32 | 64;
  littleEndian: boolean;
  /** rel: object file, exec: program, dyn: shared object or PIE, core: memory dump. */
  type: 'rel' | 'exec' | 'dyn' | 'core' | 'other';
  /** Empty where the section table was stripped; the loader reads segments only. */
  sections: readonly Section[];
  segments: readonly Segment[];
  /** The loader would make the stack executable for this file. */
  executableStack: boolean;
  view: ByteView;
}

/** Whether `bytes` start with the ELF magic, whatever the file is called. */
export function isElf(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 &&
    bytes[0] === 0x7f &&
    bytes[1] === 0x45 &&
    bytes[2] === 0x4c &&
    bytes[3] === 0x46
  );
}

/**
 * Parses headers, sections, segments and the dynamic table of a 32 or 64 bit ELF file.
 * Source: the System V gABI, chapter 4, and elf.h.
 * @throws VllmCpuError ELF_MALFORMED for anything that is not a well-formed ELF file.
 */
export function parseElf(bytes: Uint8Array, name: string): ElfFile {
  if (!isElf(bytes)) throw malformed(name, 'it does not start with the ELF magic');
  if (bytes.length < 52) throw malformed(name, `${bytes.length} bytes are less than a header`);
  const [elfClass, encoding] = [bytes[4], bytes[5]];
  if (elfClass !== 1 && elfClass !== 2) throw malformed(name, `class ${elfClass} is not known`);
  if (encoding !== 1 && encoding !== 2)
    throw malformed(name, `byte order ${encoding} is not known`);
  const view = new ByteView(bytes, name, encoding === 1, elfClass === 2);
  const machine = view.u16(18);
  const sections = readSections(view);
  const segments = readSegments(view);
  const file = {
    name,
    machine: MACHINES[machine] ?? `machine-${machine}`,
    class: view.is64 ? (64 as const) : (32 as const),
    littleEndian: view.littleEndian,
    type: TYPES[view.u16(16)] ?? ('other' as const),
    sections,
    segments,
    view,
  };
  return {
    ...file,
    executableStack: hasExecutableStack(file.type, file.machine, segments),
    ...readDynamic(view, segments, sections),
  };
}

/**
 * A file without PT_GNU_STACK gets glibc's default, which is an executable stack on x86 only
 * (DEFAULT_STACK_PERMS in glibc's stackinfo.h).
 */
function hasExecutableStack(
  type: ElfFile['type'],
  machine: string,
  segments: readonly Segment[],
): boolean {
  if (type !== 'dyn' && type !== 'exec') return false;
  const stacks = segments.filter((segment) => segment.type === PT_GNU_STACK);
  if (stacks.length > 0) return stacks.some(({ executable }) => executable);
  return machine === 'x86_64' || machine === 'i386';
}
