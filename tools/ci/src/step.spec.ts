import { describe, expect, it } from '@jest/globals';
import { defineStep } from './step.ts';

describe('the values of a step', () => {
  const given: unknown[] = [];
  const step = defineStep(
    {
      name: 'a-step',
      about: 'Takes values.',
      inputs: {
        dryRun: { about: 'sends nothing', kind: 'flag' },
        tries: { about: 'most tries', kind: 'number', fallback: '3' },
        maxTries: { about: 'runs that try', kind: 'number' },
        name: { about: 'a name' },
      },
    },
    async (values) => void given.push(values),
  );
  const values = async (args: readonly string[], env: Record<string, string> = {}) => {
    await step.run(args, env);
    return given.at(-1);
  };

  it('are flags, numbers and texts, by option or by variable', async () => {
    expect(await values(['--dry-run=true', '--max-tries=5'], { TRIES: '10', NAME: 'x' })).toEqual({
      ...{ dryRun: true, tries: 10, maxTries: 5, name: 'x' },
    });
  });

  it('are those of a workflow that says nothing', async () => {
    expect(await values([], { DRY_RUN: '', MAX_TRIES: '', NAME: '' })).toEqual({
      ...{ dryRun: false, tries: 3, maxTries: undefined, name: undefined },
    });
    expect(await values(['--dry-run=false'])).toMatchObject({ dryRun: false });
  });

  // What is not true would publish; what is no number would be tried for ever.
  it.each([
    ['--dry-run=yes', 'DRY_RUN is "yes"', 'true or false'],
    ['--dry-run=True', 'DRY_RUN is "True"', 'true or false'],
    ['--tries=many', 'TRIES is "many"', 'a whole number from 1 on'],
    ['--tries=0', 'TRIES is "0"', 'a whole number from 1 on'],
    ['--max-tries=1e3', 'MAX_TRIES is "1e3"', 'a whole number from 1 on'],
  ])('are refused as %s, and nothing is done', async (option, what, kind) => {
    const before = given.length;
    await expect(step.run([option], {})).rejects.toMatchObject({
      ...{ code: 'STEP_INPUT_INVALID', what, why: expect.stringContaining(`It has to be ${kind}`) },
    });
    expect(given).toHaveLength(before);
  });
});
