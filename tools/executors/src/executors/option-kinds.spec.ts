import { describe, expect, it } from '@jest/globals';
import { checkOptions } from './check/options.ts';
import { pinOptions } from './pin/options.ts';

describe('options with versions', () => {
  it('are taken as they are, a list also in several options', () => {
    expect(checkOptions.parse({ minimum: '0.10.0', exclude: ['0.9.1', '0.9.2'] })).toMatchObject({
      minimum: '0.10.0',
      exclude: '0.9.1,0.9.2',
    });
  });

  it('say what Nx made of a version with two parts, and what to write', () => {
    expect(() => checkOptions.parse({ minimum: 0.1 })).toThrow(/the number 0\.1.* 0\.12\.0/s);
    expect(() => pinOptions.parse({ releases: 0.12 })).toThrow(/the number 0\.12/);
  });
});
