import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseElf } from '@vllm-cpu/elf/elf-file';
import type { InstructionScan } from './scan-result.ts';
import { scanInstructionSets } from './scan.ts';
import { createScans, features } from '@vllm-cpu/testing/scanned-fixture';

const { fixtures, scanned } = createScans();
afterAll(() => fixtures.remove());

/** Instructions and the features, beyond x86-64-v3, that they need. */
const INSTRUCTIONS: [name: string, instruction: string, features: string[]][] = [
  ['zmm', 'vaddps %zmm0, %zmm1, %zmm2', ['avx512f']],
  ['xmm_evex', 'vpternlogd $3, %xmm0, %xmm1, %xmm2', ['avx512f', 'avx512vl']],
  ['ymm16', 'vmovaps %ymm16, %ymm1', ['avx512f', 'avx512vl']],
  ['zmm31', 'vmovdqu8 (%rdi), %zmm31', ['avx512bw']],
  ['kmovw', 'kmovw %k1, %eax', ['avx512f']],
  ['kmovb', 'kmovb %k1, %eax', ['avx512dq']],
  ['kmovq', 'kmovq %k1, %rax', ['avx512bw']],
  ['conflict', 'vpconflictd %zmm0, %zmm1', ['avx512cd']],
  ['vnni512', 'vpdpbusd %zmm0, %zmm1, %zmm2', ['avx512_vnni']],
  ['vnni512vl', '{evex} vpdpbusd %ymm0, %ymm1, %ymm2', ['avx512_vnni', 'avx512vl']],
  ['avxvnni', '{vex} vpdpbusd %ymm0, %ymm1, %ymm2', ['avx_vnni']],
  ['bf16', 'vdpbf16ps %zmm0, %zmm1, %zmm2', ['avx512_bf16']],
  ['fp16', 'vaddph %zmm0, %zmm1, %zmm2', ['avx512_fp16']],
  ['tile', 'tilezero %tmm0', ['amx_tile']],
  ['amxbf16', 'tdpbf16ps %tmm0, %tmm1, %tmm2', ['amx_bf16']],
  ['amxint8', 'tdpbssd %tmm0, %tmm1, %tmm2', ['amx_int8']],
  ['vbmi', 'vpermb %zmm0, %zmm1, %zmm2', ['avx512vbmi']],
  ['vbmi2', 'vpcompressb %zmm0, %zmm1{%k1}', ['avx512_vbmi2']],
  ['ifma', 'vpmadd52luq %zmm0, %zmm1, %zmm2', ['avx512ifma']],
  ['bitalg', 'vpopcntb %zmm0, %zmm1', ['avx512_bitalg']],
  ['popcntdq', 'vpopcntd %zmm0, %zmm1', ['avx512_vpopcntdq']],
  ['gfni', 'gf2p8mulb %xmm0, %xmm1', ['gfni']],
  ['vaes', 'vaesenc %ymm0, %ymm1, %ymm2', ['vaes']],
  ['aes', 'aesenc %xmm0, %xmm1', ['aes']],
  ['sha', 'sha256msg1 %xmm0, %xmm1', ['sha_ni']],
  ['xop', 'vprotb %xmm0, %xmm1, %xmm2', ['xop']],
  ['rdrand', 'rdrand %eax', ['rdrand']],
  ['incssp', 'incsspq %rax', ['user_shstk']],
  ['baseline', 'vfmadd231ps %ymm0, %ymm1, %ymm2', []],
  ['baseline2', 'pdep %rax, %rbx, %rcx; lzcnt %rax, %rbx; movbe (%rax), %ebx', []],
  ['hints', 'endbr64; rdsspq %rax; prefetchw (%rax); pause; nopw 0(%rax)', []],
];

describe('features of single x86 instructions', () => {
  let result: InstructionScan;
  beforeAll(async () => {
    const functions = INSTRUCTIONS.map(
      ([name, text]) => `void ${name}(void) { __asm__ volatile("${text}"); }`,
    );
    result = await scanned('each.so', functions.join('\n'));
  });

  it.each(INSTRUCTIONS)('%s: %s needs %j', (name, _, expected) => {
    expect(features(result.findings, name)).toEqual(expect.arrayContaining(expected));
    if (expected.length === 0) expect(features(result.findings, name)).toEqual([]);
  });

  it('keeps AVX-VNNI and AVX512-VNNI apart', () => {
    expect(features(result.findings, 'avxvnni')).toEqual(['avx_vnni']);
    expect(features(result.findings, 'vnni512')).not.toContain('avx_vnni');
  });

  it('names section, address and disassembly', () => {
    const use = result.findings.find(({ feature }) => feature === 'avx512_bf16');
    expect(use).toMatchObject({
      file: 'each.so',
      section: '.text',
      function: 'bf16',
      disassembly: expect.stringContaining('vdpbf16ps zmm2'),
      count: 1,
    });
    expect(use?.address).toMatch(/^0x[0-9a-f]+$/);
  });

  it('reports nothing when everything is allowed, and counts all the same', () => {
    const all = scanInstructionSets(parseElf(fixtures.read('each.so'), 'each.so'));
    expect(all?.findings).toEqual([]);
    expect(all?.histogram['amx_tile']).toBe(1 + 0);
    expect(all?.histogram['avx_vnni']).toBe(1);
  });
});
