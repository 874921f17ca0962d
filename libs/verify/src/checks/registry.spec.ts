import { expect, it } from '@jest/globals';
import { CHECK_NAMES } from '@vllm-cpu/report/check-names';
import { CHECKS } from './registry.ts';

it('has a check for each row of a report, and each check has its name for readers', () => {
  expect(CHECKS.map(({ name }) => name).sort()).toEqual(Object.keys(CHECK_NAMES).sort());
});
