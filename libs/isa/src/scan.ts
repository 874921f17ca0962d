import type { ElfFile } from '@vllm-cpu/elf/elf-file';
import { Aarch64Sweep } from './aarch64-sweep.ts';
import { codeRegions } from './code-regions.ts';
import { ScanCollector } from './scan-result.ts';
import type { InstructionScan } from './scan-result.ts';
import { X86Sweep } from './x86-sweep.ts';

export interface ScanOptions {
  /** Features that are not a finding; all of them are counted. Undefined: everything is allowed. */
  allowed?: readonly string[] | undefined;
}

/** Machines whose instructions are looked at. */
const SCANNED_MACHINES: readonly string[] = ['x86_64', 'i386', 'aarch64'];

/**
 * Decodes everything that one ELF file can execute, and says which CPU features it uses, in
 * /proc/cpuinfo spelling. Undefined for a machine that no decoder here knows.
 */
export function scanInstructionSets(
  elf: ElfFile,
  options: ScanOptions = {},
): InstructionScan | undefined {
  if (!SCANNED_MACHINES.includes(elf.machine)) return undefined;
  const allowed = options.allowed && new Set(options.allowed);
  const allows = (feature: string): boolean => !allowed || allowed.has(feature);
  const collector = new ScanCollector();
  const bytes = elf.view.bytes;
  const sweep =
    elf.machine === 'aarch64'
      ? new Aarch64Sweep(elf, allows, collector)
      : new X86Sweep(elf.name, bytes, elf.machine === 'i386' ? 32 : 64, allows, collector);
  const regions = codeRegions(elf);
  try {
    for (const region of regions) sweep.judge(region);
  } finally {
    sweep.close();
  }
  const data = regions.filter(({ kind }) => kind === 'data');
  const dataBytes = data.reduce((sum, { start, end }) => sum + end - start, 0);
  return collector.result(elf.name, elf.machine, dataBytes);
}
