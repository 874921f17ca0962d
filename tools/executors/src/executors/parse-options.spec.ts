import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { compileOptions } from './compile/options.ts';
import { parseOptions } from './parse-options.ts';

const subject = { variant: 'avx512', release: 'sample' };
const refused = (given: object) => {
  try {
    return parseOptions({ ...subject, ...given }, compileOptions.all);
  } catch (error) {
    return error;
  }
};

describe('the options of a target', () => {
  it('are refused when one is unknown, with the one that was meant', () => {
    for (const given of [{ maxjobs: 2 }, { maxJob: 2 }, { 'max-job': 2 }]) {
      expect(refused(given)).toMatchObject({
        code: 'OPTION_INVALID',
        what: expect.stringMatching(/^unknown option --max-?jobs?$/),
        next: 'Did you mean --max-jobs?',
      });
    }
  });

  it.each([
    ['maxJbos', '--max-jobs'],
    ['kepWorkspace', '--keep-workspace'],
    ['max_jobs', '--max-jobs'],
    ['idx', undefined],
  ])('are suggested for %s where one or two letters differ', (given, meant) => {
    const next = meant ? `Did you mean ${meant}?` : expect.not.stringContaining('mean');
    expect(refused({ [given]: 2 })).toMatchObject({ code: 'OPTION_INVALID', next });
  });

  it('are known also where options of other targets are dropped before', () => {
    const behind = z.preprocess((given) => given, compileOptions.all);
    expect(() => parseOptions({ ...subject, maxJob: 2 }, behind)).toThrow(
      expect.objectContaining({ next: 'Did you mean --max-jobs?' }),
    );
  });

  it('are listed where nothing is alike, without those that the plugin sets', () => {
    expect(refused({ bogus: true })).toMatchObject({
      what: 'unknown option --bogus',
      why: 'The options of this target are --max-jobs, --keep-workspace.',
      next: expect.stringContaining('--help'),
    });
  });

  it('name the option whose value is wrong', () => {
    expect(refused({ maxJobs: 0 })).toMatchObject({ what: expect.stringMatching(/^--max-jobs: /) });
  });

  it('take a release that Nx made a number of, so that the answer lists the pins', () => {
    const schema = z.strictObject({ release: releaseOption('about') });
    expect(parseOptions({ release: 0.12 }, schema)).toEqual({ release: '0.12' });
  });
});
