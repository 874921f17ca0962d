import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';

/** Instructions of each kind that objdump sees; the product's own scanner has no part in this. */
export interface Counts {
  /** Every instruction with the prefix that AVX-512 introduced. */
  evex: number;
  /** Instructions with a 512-bit or a mask register. */
  zmm: number;
  mask: number;
  avx2: number;
  vnni: number;
  bf16: number;
  amxTile: number;
  amxBf16: number;
  amxInt8: number;
  /** Of extensions that no variant asks for. */
  other: number;
}

const MNEMONICS = {
  vnni: /^vpdp(busd|wssd)s?$/,
  bf16: /^(vdpbf16ps|vcvtne2?ps2?2?bf16[xy]?)$/,
  amxTile: /^(tilezero|tileload|tilestore|tilerelease|ldtilecfg|sttilecfg)/,
  amxBf16: /^tdpbf16ps$/,
  amxInt8: /^tdpb(ss|su|us|uu)d$/,
  other:
    /^(vpmadd52|vpermb$|vperm[it]2b$|vpopcnt|vpshld|vpshrd|vpcompress[bw]$|vpexpand[bw]$|vpmultishiftqb|vpshufbitqmb|vgf2p8|gf2p8|vp2intersect|v4f|vp4dp|tdpfp16ps|v(add|sub|mul|div|fm[a-z]+)(ph|sh)$)/,
} as const;

/** Disassembles an ELF file with objdump and counts. */
export async function countInstructions(module: Uint8Array): Promise<Counts> {
  return count(await disassemble(module));
}

/** How many instructions of an ELF file have a mnemonic that matches, as objdump sees it. */
export async function countMnemonics(module: Uint8Array, mnemonic: RegExp): Promise<number> {
  const lines = (await disassemble(module)).split('\n');
  return lines.filter((line) => mnemonic.test(line.split('\t')[2] ?? '')).length;
}

async function disassemble(module: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vllm-cpu-objdump-'));
  try {
    const file = join(folder, 'module.so');
    await writeFile(file, module);
    const { stdout } = await createRunner().run({
      argv: ['objdump', '-d', '--insn-width=16', file],
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' },
    });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function count(text: string): Counts {
  const counts: Counts = {
    ...{ evex: 0, zmm: 0, mask: 0, avx2: 0, vnni: 0, bf16: 0 },
    ...{ amxTile: 0, amxBf16: 0, amxInt8: 0, other: 0 },
  };
  for (const line of text.split('\n')) {
    const [address, bytes = '', instruction = ''] = line.split('\t');
    if (!address?.endsWith(':') || !instruction) continue;
    const mnemonic =
      instruction.replace(/^(\{\w+\} |(rep\w*|lock|bnd|notrack|data16) )+/, '').split(/\s/)[0] ??
      '';
    // 62 is no instruction in 64-bit mode: it begins EVEX (after a segment or address-size prefix).
    if (/^(?:(?:64|65|67|2e|3e|26|36) )*62 /.test(bytes)) counts.evex += 1;
    if (instruction.includes('%zmm')) counts.zmm += 1;
    if (/%k[0-7]/.test(instruction)) counts.mask += 1;
    if (/^vp\w+\s+.*%ymm|^vperm2i128|^vextracti128/.test(instruction)) counts.avx2 += 1;
    for (const [kind, pattern] of Object.entries(MNEMONICS)) {
      if (pattern.test(mnemonic)) counts[kind as keyof typeof MNEMONICS] += 1;
    }
  }
  return counts;
}
