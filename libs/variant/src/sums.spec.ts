import { describe, expect, it } from '@jest/globals';
import { X86_64_BASELINE } from './features.ts';
import { variantSchema } from './model.ts';
import type { StatedVariant } from './model.ts';
import {
  fileOfLevel,
  isSum,
  levelOfFile,
  levelFolder,
  levelsIn,
  resolveVariants,
  singleLevels,
} from './sums.ts';

const PLATFORM = 'linux-x86_64';

function stated(name: string, rank: number, platform: object): StatedVariant {
  return variantSchema.parse({
    ...{ name, rank, distribution: `vllm-cpu-${name}`, summary: 'a variant of a test' },
    ...{ keywords: ['cpu'], targetCpus: ['every CPU'], platforms: { [PLATFORM]: platform } },
  });
}

const requires = [...X86_64_BASELINE];
const base = stated('base', 0, { requires, proves: ['avx2'] });
const wide = stated('wide', 1, { requires: [...requires, 'avx512f'], proves: ['avx512f'] });
const sum = (...levels: string[]) => stated('all', 2, { levels });

describe('a sum of levels', () => {
  it('requires and proves what its lowest level does, in whatever order they are named', () => {
    const [, , all] = resolveVariants([sum('wide', 'base'), wide, base]);
    expect(all?.platforms[PLATFORM]).toEqual({
      ...{ requires, proves: ['avx2'], levels: ['base', 'wide'] },
    });
  });

  it('has its levels, and any other variant itself alone', () => {
    const variants = resolveVariants([base, wide, sum('base', 'wide')]);
    const names = variants.map((variant) =>
      levelsIn(variant, PLATFORM, variants).map(({ name }) => name),
    );
    expect(names).toEqual([['base'], ['wide'], ['base', 'wide']]);
    expect(variants.map(isSum)).toEqual([false, false, true]);
    expect(singleLevels(variants).map(({ name }) => name)).toEqual(['base', 'wide']);
  });

  it.each([
    ['a level that does not exist', [base, sum('base', 'wider')], 'wider'],
    ['itself', [base, sum('base', 'all')], 'all'],
  ])('is refused with %s', (_, variants, named) => {
    expect(() => resolveVariants(variants)).toThrow(
      expect.objectContaining({
        code: 'VARIANT_LEVEL_UNKNOWN',
        what: expect.stringContaining(`has the level ${named}, which no variant is`),
        next: 'Name some of base.',
      }),
    );
  });

  it.each([
    ['both levels and features', { levels: ['base', 'wide'], requires }, /has those of its levels/],
    ['neither', {}, /a level has both/],
  ])('is not stated with %s', (_, platform, message) => {
    expect(() => stated('odd', 3, platform)).toThrow(message);
  });

  it('has the module of each level in a folder that tells the level', () => {
    expect(levelOfFile(`${levelFolder('wide')}/_C.abi3.so`)).toBe('wide');
    expect(fileOfLevel(`${levelFolder('wide')}/_C.abi3.so`)).toBe('vllm/_C.abi3.so');
    expect(levelOfFile('vllm/_C.abi3.so')).toBeUndefined();
  });
});
