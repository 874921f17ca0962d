import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseElf } from '@vllm-cpu/elf/elf-file';
import { requires } from '@vllm-cpu/testing/requires';
import { X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { scanInstructionSets } from './scan.ts';
import { createScans, features } from '@vllm-cpu/testing/scanned-fixture';

const { fixtures, scan, scanned } = createScans();
afterAll(() => fixtures.remove());

const KERNEL = `
void kernel(float *x, long n) { for (long i = 0; i < n; i++) x[i] = x[i] * 2 + 1; }
static __attribute__((noinline)) void inner(float *x) { for (int i = 0; i < 64; i++) x[i] *= x[i]; }
void outer(float *x) { inner(x); }
`;
const WIDE = ['-O3', '-mavx512f', '-mprefer-vector-width=512'];

describe('where code is found', () => {
  it('agrees with objdump on the number of AVX-512 instructions', async () => {
    const result = await scanned('kernel.so', KERNEL, WIDE);
    const text = await fixtures.run(['objdump', '-d', '--no-show-raw-insn', 'kernel.so']);
    const wide = text
      .split('\n')
      .filter((line) => /%zmm|%k[0-7]|%[xy]mm(1[6-9]|[23]\d)/.test(line));
    expect(wide.length).toBeGreaterThan(4);
    expect(result.histogram['avx512f']).toBe(wide.length);
    expect(result.findings.map(({ function: name }) => name)).toEqual(
      expect.arrayContaining(['kernel', 'inner']),
    );
  });

  it('finds it in a stripped module by its unwind table', async () => {
    const whole = await scanned('whole.so', KERNEL, WIDE);
    await fixtures.run(['strip', '-o', 'stripped.so', 'whole.so']);
    const stripped = scan('stripped.so');
    expect(stripped.histogram).toEqual(whole.histogram);
    expect(stripped.findings.map((use) => use.function)).toContainEqual(
      expect.stringMatching(/^function at 0x/),
    );
  });

  it('finds it where neither symbols, nor unwind table, nor sections are left', async () => {
    const bare = ['-fno-asynchronous-unwind-tables', '-fvisibility=hidden', '-s'];
    await fixtures.compile('bare.so', KERNEL, ['-shared', '-fPIC', ...WIDE, ...bare]);
    const bytes = Buffer.from(fixtures.read('bare.so'));
    bytes.writeBigUInt64LE(0n, 40);
    bytes.writeUInt16LE(0, 60);
    bytes.writeUInt16LE(0, 62);
    const result = scanInstructionSets(parseElf(bytes, 'bare.so'), { allowed: X86_64_BASELINE });
    expect(result?.findings.map(({ feature }) => feature)).toContain('avx512f');
  });

  it('names it by the label before it where assembly gave its functions no type', async () => {
    const result = await scanned(
      'label.so',
      'long before(void) { return 1; }\n' +
        '__asm__(".globl first, second\\n.align 16\\nfirst: ret\\n.align 16\\n"' +
        ' "second: .byte 0xF3, 0x48, 0x0F, 0xAE, 0xE1\\n vpxord %zmm0,%zmm0,%zmm0\\n ret");\n',
      ['-fno-toplevel-reorder'],
    );
    expect(result.findings.map((use) => [use.feature, use.function])).toEqual([
      ['ptwrite', 'second'],
      ['avx512f', 'second'],
    ]);
  });

  it('finds it in a section of another name, and in an object file', async () => {
    const source =
      '__attribute__((section(".hot"))) void far_away(void) { __asm__("vpxord %zmm0,%zmm0,%zmm0"); }';
    const linked = await scanned('section.so', source);
    expect(linked.findings[0]).toMatchObject({ section: '.hot', function: 'far_away' });
    await fixtures.compile('section.o', source, ['-c']);
    expect(scan('section.o').findings[0]).toMatchObject({ section: '.hot', function: 'far_away' });
  });

  it('finds it in a function that lies in a data section of an executable segment', async () => {
    const source = `__attribute__((section(".data_like,\\"a\\",@progbits#"))) void odd(void) { __asm__("vpxord %zmm0,%zmm0,%zmm0"); }`;
    const linked = await scanned('odd.so', source, ['-Wl,-z,noseparate-code']);
    expect(linked.findings.map((use) => use.function)).toContain('odd');
  });
});

describe('data among code', () => {
  /** `62 f1 74 48 58 d0` is vaddps zmm2, zmm1, zmm0; 06 is no instruction in 64-bit mode. */
  const TABLE = '.byte 0x62,0xf1,0x74,0x48,0x58,0xd0,0x06,0x06,0x62,0xf1,0x74,0x48,0x58,0xd0,0x06';

  it('does not take a table between functions for code, and says that it left it out', async () => {
    const result = await scanned(
      'table.so',
      `int one(void) { return 1; }\n__asm__(".text\\n${TABLE}\\n");`,
    );
    expect(result.findings).toEqual([]);
    expect(result.notJudged.suspicious).toBe(2);
    expect(result.notJudged.bytes).toBeGreaterThanOrEqual(15);
    expect(result.notJudged.places[0]).toMatchObject({ section: '.text', suspicious: 2 });
  });

  it('says which data of an executable segment would be a finding, and where it is', async () => {
    const data = '.section .rodata\\n.fill 64,1,0x06\\nvpxord %zmm0,%zmm1,%zmm2\\nret\\n.text\\n';
    const result = await scanned('rodata.so', `__asm__("${data}");`, ['-Wl,-z,noseparate-code']);
    expect(result.findings).toEqual([]);
    expect(result.notJudged.places[0]).toMatchObject({ section: '.rodata', suspicious: 1 });
  });

  it('does not take a table inside a function for code, but judges what is reached around it', async () => {
    const result = await scanned(
      'island.so',
      `void island(void) { __asm__ volatile("jmp 1f\\n${TABLE}\\n1: vpxord %zmm0, %zmm0, %zmm0"); }`,
    );
    expect(result.findings).toHaveLength(1);
    expect(result.findings[0]).toMatchObject({ feature: 'avx512f', count: 1 });
    expect(result.findings[0]?.disassembly).toContain('vpxord');
    expect(result.notJudged.suspicious).toBeGreaterThan(0);
  });

  it('reports bytes that control flow reaches and no decoder knows', async () => {
    const result = await scanned('strange.so', 'void strange(void) { __asm__(".byte 0x06"); }');
    expect(features(result.findings, 'strange')).toEqual(['undecodable']);
  });
});

describe('aarch64', () => {
  const compiler = 'aarch64-linux-gnu-gcc';
  const onArm = requires(compiler, existsSync(`/usr/bin/${compiler}`));
  const BASE = ['fp', 'asimd', 'crc32', 'atomics', 'fphp', 'asimdhp', 'asimdrdm', 'asimddp'];
  const ARM: [name: string, instruction: string, feature: string | undefined][] = [
    ['bfdot', 'bfdot v0.4s, v1.8h, v2.8h', 'bf16'],
    ['bfmmla', 'bfmmla v0.4s, v1.8h, v2.8h', 'bf16'],
    ['bfmlalb', 'bfmlalb v0.4s, v1.8h, v2.8h', 'bf16'],
    ['bfdot_element', 'bfdot v0.4s, v1.8h, v2.2h[1]', 'bf16'],
    ['bfcvtn', 'bfcvtn v0.4h, v1.4s', 'bf16'],
    ['bfcvt', 'bfcvt h0, s1', 'bf16'],
    ['smmla', 'smmla v0.4s, v1.16b, v2.16b', 'i8mm'],
    ['ummla', 'ummla v0.4s, v1.16b, v2.16b', 'i8mm'],
    ['usmmla', 'usmmla v0.4s, v1.16b, v2.16b', 'i8mm'],
    ['usdot', 'usdot v0.4s, v1.16b, v2.16b', 'i8mm'],
    ['sudot', 'sudot v0.4s, v1.16b, v2.4b[1]', 'i8mm'],
    ['sve_add', 'add z0.s, z1.s, z2.s', 'sve'],
    ['sve_load', 'ld1w {z0.s}, p0/z, [x0]', 'sve'],
    ['sve_count', 'cntb x0', 'sve'],
    ['sve_bfdot', 'bfdot z0.s, z1.h, z2.h', 'svebf16'],
    ['fcmla', 'fcmla v0.4s, v1.4s, v2.4s, #90', 'fcma'],
    ['fcadd', 'fcadd v0.4s, v1.4s, v2.4s, #90', 'fcma'],
    ['fmlal', 'fmlal v0.4s, v1.4h, v2.4h', 'asimdfhm'],
    ['fmlal2', 'fmlal2 v0.4s, v1.4h, v2.h[2]', 'asimdfhm'],
    ['aese', 'aese v0.16b, v1.16b', 'aes'],
    ['pmull', 'pmull v0.1q, v1.1d, v2.1d', 'pmull'],
    ['sha1c', 'sha1c q0, s1, v2.4s', 'sha1'],
    ['sha256h', 'sha256h q0, q1, v2.4s', 'sha2'],
    ['sha512h', 'sha512h q0, q1, v2.2d', 'sha512'],
    ['eor3', 'eor3 v0.16b, v1.16b, v2.16b, v3.16b', 'sha3'],
    ['sm4e', 'sm4e v0.4s, v1.4s', 'sm4'],
    ['fjcvtzs', 'fjcvtzs w0, d1', 'jscvt'],
    ['frint32z', 'frint32z s0, s1', 'frint'],
    ['ldapr', 'ldapr x0, [x1]', 'lrcpc'],
    ['ldapur', 'ldapur x0, [x1, #8]', 'ilrcpc'],
    ['rmif', 'rmif x0, #1, #2', 'flagm'],
    ['axflag', 'axflag', 'flagm2'],
    ['pacia', 'pacia x0, x1', 'paca'],
    ['irg', 'irg x0, x1', 'mte'],
    ['sdot', 'sdot v0.4s, v1.16b, v2.16b', undefined],
    ['sqrdmlah', 'sqrdmlah v0.4s, v1.4s, v2.4s', undefined],
    ['fp16_vector', 'fadd v0.8h, v1.8h, v2.8h', undefined],
    ['fp16_scalar', 'fadd h0, h1, h2', undefined],
    ['fma_element', 'fmla v0.4s, v1.4s, v2.s[1]', undefined],
    ['cas', 'cas x0, x1, [x2]', undefined],
    ['ldadd', 'ldadd x0, x1, [x2]', undefined],
    ['crc', 'crc32x w0, w1, x2', undefined],
    ['hints', 'hint #34; paciasp; autiasp; nop', undefined],
    [
      'plain',
      'ldr x0, [x1, x2]; mul v0.4s, v1.4s, v2.4s; fcvt s0, h1; ldp q0, q1, [x0]',
      undefined,
    ],
  ];

  onArm('tells features beyond the baseline apart, and reports nothing within it', async () => {
    const march = '-march=armv8.6-a+sve2+bf16+i8mm+sha3+sm4+crypto+memtag+rng+fp16fml';
    const source = ARM.map(
      ([name, text]) => `void f_${name}(void) { __asm__ volatile("${text}"); }`,
    );
    await fixtures.compile(
      'arm.so',
      source.join('\n'),
      ['-shared', '-fPIC', '-O1', march],
      compiler,
    );
    const result = scan('arm.so', BASE);
    const seen = ARM.map(([name]) => [name, features(result.findings, `f_${name}`)]);
    expect(seen).toEqual(ARM.map(([name, , feature]) => [name, feature ? [feature] : []]));
    expect(result.histogram).toMatchObject({
      asimddp: 1,
      crc32: 1,
      atomics: 2,
      asimdhp: 1,
      fphp: 1,
    });
  });
});

it('says that it knows no decoder for other machines', () => {
  const bytes = Buffer.alloc(52);
  bytes.write('\x7fELF', 0, 'latin1');
  bytes.set([1, 2, 1], 4);
  bytes.writeUInt16BE(20, 18);
  expect(scanInstructionSets(parseElf(bytes, 'power.so'))).toBeUndefined();
});
