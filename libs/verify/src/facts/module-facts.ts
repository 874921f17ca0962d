import { createHash } from 'node:crypto';
import { parseElf } from '@vllm-cpu/elf/elf-file';
import type { ElfFile } from '@vllm-cpu/elf/elf-file';
import { executableRanges } from '@vllm-cpu/elf/executable-ranges';
import { loadablePage } from '@vllm-cpu/elf/page-size';
import { dynamicImports, functionSymbols, hasSymbolTable } from '@vllm-cpu/elf/symbols';
import type { Import } from '@vllm-cpu/elf/symbols';
import { scanInstructionSets } from '@vllm-cpu/isa/scan';
import type { InstructionScan } from '@vllm-cpu/isa/scan-result';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What the checks need of one ELF file; none of its bytes are kept. */
export interface ModuleFacts extends Pick<
  ElfFile,
  | 'name'
  | 'machine'
  | 'class'
  | 'type'
  | 'needed'
  | 'rpath'
  | 'runpath'
  | 'versionNeeds'
  | 'executableStack'
  | 'textRelocations'
> {
  soname: string | undefined;
  /** The largest page, in bytes, with which a kernel can load it. */
  loadablePage: number;
  size: number;
  imports: readonly Import[];
  debugSections: readonly { name: string; size: number }[];
  /** SHA-256 over name and content of every executable section: the machine code's identity. */
  codeSha256: string;
  codeBytes: number;
  /** Bytes of oneDNN's functions, a part of codeBytes; undefined where no symbol table tells. */
  oneDnnBytes: number | undefined;
  /** Undefined where no decoder knows the machine. */
  scan: InstructionScan | undefined;
  /** It lies inside a file that is not an ELF file: nothing loads it from there. */
  embedded: boolean;
}

/** A file that is called a module or has the ELF magic, and is not a whole ELF file. */
export interface BrokenModule {
  name: string;
  problem: string;
}

/**
 * Reads one ELF file.
 * @param allowed features that are not a finding; undefined counts them only.
 */
export function readModule(
  bytes: Uint8Array,
  name: string,
  allowed: readonly string[] | undefined,
  embedded = false,
): ModuleFacts | BrokenModule {
  try {
    const elf = parseElf(bytes, name);
    const ranges = executableRanges(elf);
    const digest = createHash('sha256');
    for (const { section, offset, size } of ranges) {
      digest.update(`${section} ${size}\n`).update(bytes.subarray(offset, offset + size));
    }
    return {
      name,
      machine: elf.machine,
      class: elf.class,
      type: elf.type,
      needed: elf.needed,
      rpath: elf.rpath,
      runpath: elf.runpath,
      versionNeeds: elf.versionNeeds,
      executableStack: elf.executableStack,
      textRelocations: elf.textRelocations,
      soname: elf.soname,
      loadablePage: loadablePage(elf.segments),
      size: bytes.length,
      imports: dynamicImports(elf),
      debugSections: elf.sections
        .filter((section) => /^\.z?debug_/.test(section.name) && section.size > 0)
        .map((section) => ({ name: section.name, size: section.size })),
      codeSha256: digest.digest('hex'),
      codeBytes: ranges.reduce((sum, { size }) => sum + size, 0),
      oneDnnBytes: oneDnnBytes(elf),
      scan: scanInstructionSets(elf, { allowed }),
      embedded,
    };
  } catch (error) {
    if (error instanceof VllmCpuError) return { name, problem: error.what };
    throw error;
  }
}

/** Functions of the namespace dnnl, templates of others over its types, and its interface in C. */
const ONEDNN = /4dnnl|^dnnl_/;

function oneDnnBytes(elf: ElfFile): number | undefined {
  if (!hasSymbolTable(elf)) return undefined;
  const own = functionSymbols(elf).filter(({ name }) => ONEDNN.test(name));
  return own.reduce((sum, { size }) => sum + size, 0);
}

export function isBroken(module: ModuleFacts | BrokenModule): module is BrokenModule {
  return 'problem' in module;
}
