import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CpuidFeature } from './iced.ts';
import { createFixtures } from '@vllm-cpu/testing/compiled-fixture';
import { parseElf } from '@vllm-cpu/elf/elf-file';
import { requires } from '@vllm-cpu/testing/requires';
import { AARCH64_FEATURES } from '@vllm-cpu/variant/aarch64-features';
import { compilerFlag, featureOfFlag } from '@vllm-cpu/variant/compiler-flags';
import { X86_FEATURES } from '@vllm-cpu/variant/x86-features';
import { ENCODINGS } from './aarch64-encodings.ts';
import { features } from '@vllm-cpu/testing/scanned-fixture';
import { scanInstructionSets } from './scan.ts';
import type { FeatureUse } from './scan-result.ts';

const fixtures = createFixtures();
afterAll(() => fixtures.remove());

const decoded = <Row extends { decoder: string | null }>(rows: readonly Row[]): Row[] =>
  rows.filter(({ decoder }) => decoder !== null);

/** A function a row, with its instruction alone: what the decoder finds in each. */
async function scanRows(
  rows: readonly { name: string; probe: string }[],
  compiler: string,
): Promise<FeatureUse[]> {
  const file = `${compiler}.so`;
  const source = rows.map(({ name, probe }) => `void f_${name}(void) { __asm__("${probe}"); }`);
  const march = compiler === 'gcc' ? [] : ['-march=armv8.2-a+sve2+sve+fp16+bf16+i8mm+dotprod'];
  await fixtures.compile(file, source.join('\n'), ['-shared', '-fPIC', '-O1', ...march], compiler);
  const elf = parseElf(fixtures.read(file), file);
  return scanInstructionSets(elf, { allowed: [] })?.findings ?? [];
}

describe('the row of an x86-64 feature', () => {
  const rows = decoded(X86_FEATURES);
  let found: FeatureUse[];
  beforeAll(async () => void (found = await scanRows(rows, 'gcc')));

  it.each(rows)('$name: in its instruction, $probe, the decoder sees it', ({ name, decoder }) => {
    expect(Object.values(CpuidFeature)).toContain(decoder);
    expect(features(found, `f_${name}`)).toContain(name);
  });

  it('has a name, a flag, a bit and an instruction that no other row has', () => {
    for (const cell of ['name', 'flag', 'probe'] as const) {
      expect(new Set(X86_FEATURES.map((row) => row[cell])).size).toBe(X86_FEATURES.length);
    }
    const bits = X86_FEATURES.map(({ cpuid, bit }) => `${cpuid} ${bit}`);
    expect(new Set(bits).size).toBe(X86_FEATURES.length);
    for (const { name } of X86_FEATURES) {
      expect(featureOfFlag(compilerFlag(name) ?? '')).toBe(name);
    }
  });
});

describe('the row of an aarch64 feature', () => {
  const compiler = 'aarch64-linux-gnu-gcc';
  const there = existsSync(`/usr/bin/${compiler}`);
  const onArm = requires(compiler, there);
  const rows = decoded(AARCH64_FEATURES);
  let found: FeatureUse[];
  beforeAll(async () => void (found = there ? await scanRows(rows, compiler) : []));

  for (const { name, decoder, probe } of rows) {
    onArm(`${name}: in its instruction, ${probe}, the decoder sees it`, () => {
      expect(ENCODINGS.map(({ feature }) => feature)).toContain(decoder);
      expect(features(found, `f_${name}`)).toContain(name);
    });
  }
});
