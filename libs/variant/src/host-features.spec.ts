import { describe, expect, it } from '@jest/globals';
import { hostFeatures } from './host-features.ts';

describe('hostFeatures', () => {
  it('reads the lines of x86 and of Arm, and no other line of flags', () => {
    expect(hostFeatures('processor\t: 0\nvmx flags\t: ept\nflags\t\t: lm  fpu avx2\n')).toEqual([
      'avx2',
      'fpu',
      'lm',
    ]);
    expect(hostFeatures('processor\t: 0\nFeatures\t: fp asimd\n')).toEqual(['asimd', 'fp']);
  });

  it('leaves out what one processor lacks', () => {
    expect(hostFeatures('flags: lm avx512f\n\nflags: lm\n')).toEqual(['lm']);
  });

  it('fails where features are unknown, which is not the same as none', () => {
    expect(() => hostFeatures('cpu : POWER9\n')).toThrow('lists no CPU features');
  });
});
