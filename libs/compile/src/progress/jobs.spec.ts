import { describe, expect, it } from '@jest/globals';
import { parallelJobs } from './jobs.ts';

const GIB = 1024 ** 3;

describe('the number of parallel compilers', () => {
  it('is one per CPU where memory is ample', () => {
    expect(parallelJobs(undefined, 16, 64 * GIB)).toBe(16);
  });

  it('leaves every compiler two GiB', () => {
    expect(parallelJobs(undefined, 16, 9 * GIB)).toBe(4);
  });

  it('is never less than one', () => {
    expect(parallelJobs(undefined, 4, 1 * GIB)).toBe(1);
  });

  it('never exceeds what was asked for, and never what the machine has', () => {
    expect(parallelJobs(3, 16, 64 * GIB)).toBe(3);
    expect(parallelJobs(64, 16, 64 * GIB)).toBe(16);
  });
});
