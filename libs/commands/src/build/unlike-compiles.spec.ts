import { describe, expect, it } from '@jest/globals';
import { aCompileManifest } from '@vllm-cpu/testing/built-wheels';
import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';
import { refuseUnlike } from './unlike-compiles.ts';

const inputs = { tools: { gcc: '14' }, source: { commit: 'a' }, variant: 'noavx512', edits: [] };
const oneDnn = { tag: 'v3.13', commit: null, sha256: 'a' };
const lowest = aCompileManifest({ variant: 'noavx512', inputs, oneDnn });

function refusal(change: Partial<CompileManifest>): unknown {
  const higher = aCompileManifest({ variant: 'avx512', inputs, oneDnn, ...change });
  try {
    refuseUnlike([lowest, aCompileManifest({ variant: 'avx512vnni', inputs, oneDnn }), higher]);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the compiles of the levels of one wheel', () => {
  it('may differ in what is of a level, and a low one may have no oneDNN', () => {
    const own = { ...inputs, variant: 'avx512', level: { requires: ['avx512f'] }, edits: ['one'] };
    expect(refusal({ inputs: { ...own, oneDnn: 'key', attempt: 2 } })).toBeUndefined();
    expect(refusal({ oneDnn: null })).toBeUndefined();
  });

  it.each<[string, Partial<CompileManifest>]>([
    ['release, version', { release: '0.13.0', version: '0.13.0' }],
    ['commit', { commit: '01'.repeat(20) }],
    ['oneDnn', { oneDnn: { ...oneDnn, sha256: 'b' } }],
    ['tools', { inputs: { ...inputs, tools: { gcc: '15' } } }],
    ['program', { inputs: { ...inputs, program: 'newer' } }],
  ])('are refused where they are not of one %s', (fields, change) => {
    expect(refusal(change)).toMatchObject({
      code: 'COMPILES_DIFFER',
      what: `the compiles of noavx512 and avx512 differ in ${fields}`,
      next: expect.stringContaining('-p variant-noavx512,variant-avx512'),
    });
  });
});
