import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { openRepository } from '@vllm-cpu/commands/repository';
import { executor } from './executor.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';

const root = join(import.meta.dirname, '../../../..');
const schema = z.strictObject({ variant: z.string() });

describe('an executor', () => {
  let printed: string;
  const mask = process.umask();
  beforeEach(() => {
    printed = '';
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.umask(mask);
  });

  it('gives its options and the repository to one function, and Nx its result', async () => {
    const run = executor(schema, async ({ variant }, { variants }) =>
      variants.some((each) => each.name === variant),
    );
    expect(await run({ variant: 'avx512' }, { root })).toEqual({ success: true });
    expect(await run({ variant: 'sse' }, { root })).toEqual({ success: false });
  });

  it('fails with the three parts of an error instead of throwing', async () => {
    const run = executor(schema, () =>
      Promise.reject(new VllmCpuError({ code: 'X_Y', what: 'what', why: 'why', next: 'next' })),
    );
    expect(await run({ variant: 'a' }, { root })).toEqual({ success: false });
    expect(printed).toBe('error [X_Y]: what\n  why: why\n  what to do: next\n');
  });

  it('refuses an unknown option, whatever Nx let pass', async () => {
    const run = executor(schema, async () => true);
    expect(await run({ variant: 'a', varient: 'b' }, { root })).toEqual({ success: false });
    expect(printed).toContain('error [OPTION_INVALID]: unknown option --varient');
  });

  it('works under a fixed umask, because modes end up in wheels', async () => {
    process.umask(0o077);
    let inside = -1;
    await executor(schema, async () => {
      inside = process.umask();
      return true;
    })({ variant: 'a' }, { root });
    expect(inside).toBe(0o022);
  });
});

describe('what an executor works on', () => {
  const repository = openRepository(root, () => undefined);

  it('is named wrongly with an error that lists what there is', () => {
    expect(() => subjectOf(repository, { variant: 'sse', release: 'sample' })).toThrow(
      /Use one of noavx512, avx512, /,
    );
    expect(() => subjectOf(repository, { variant: 'avx512', release: '9.9.9' })).toThrow(
      expect.objectContaining({ code: 'RELEASE_UNKNOWN' }),
    );
  });

  it('is the level of the variant on this platform', () => {
    const { level, platform } = subjectOf(repository, { variant: 'noavx512', release: 'sample' });
    expect(level).toBe(repository.variants[0]?.platforms[platform]);
  });
});
