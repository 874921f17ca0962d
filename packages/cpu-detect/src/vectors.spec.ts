import { describe, expect, it } from '@jest/globals';
import { detectOptions, readVectors } from '../test/vectors.ts';
import { detectCpu } from './detect.ts';
import { recommend } from './recommend.ts';

const vectors = readVectors();

describe('the test vectors', () => {
  it('are at least 40 CPUs, each with its source', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(40);
    expect(vectors.filter(({ source }) => source.length < 10)).toEqual([]);
  });

  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const cpu = detectCpu(detectOptions(vector));
    const found = recommend(cpu);
    const { expect: expected } = vector;
    expect({ package: found.package, code: found.code }).toEqual({
      package: expected.package,
      code: expected.code,
    });
    if (expected.level !== undefined) expect(cpu.level).toBe(expected.level);
    if (expected.microarchitecture !== undefined) {
      expect(cpu.microarchitecture).toBe(expected.microarchitecture);
    }
    if (expected.missing) expect(found.missing.toSorted()).toEqual(expected.missing.toSorted());
    if (expected.nextMissing) {
      expect(found.next?.missing.toSorted()).toEqual(expected.nextMissing.toSorted());
    }
    if (expected.masked) expect(cpu.maskedFeatures).toEqual(expected.masked);
    if (expected.inside !== undefined) expect(found.inside).toBe(expected.inside);
  });
});
