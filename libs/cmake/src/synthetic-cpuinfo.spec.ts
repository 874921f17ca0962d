import { describe, expect, it } from '@jest/globals';
import { AARCH64_BASELINE, X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { syntheticCpuinfo } from './synthetic-cpuinfo.ts';

describe('the synthetic /proc/cpuinfo', () => {
  it('lists the features of x86-64 under flags, as the kernel does', () => {
    expect(syntheticCpuinfo('linux-x86_64', ['avx2', 'avx512f'])).toMatch(
      /^flags\t: avx2 avx512f$/m,
    );
  });

  it('lists the features of aarch64 under Features', () => {
    expect(syntheticCpuinfo('linux-aarch64', ['asimd', 'bf16'])).toMatch(
      /^Features\t: asimd bf16$/m,
    );
  });

  it.each(['avx512f', 'avx512_bf16', 'avx512_vnni', 'amx_bf16', 'bf16', 'asimd'])(
    'never contains %s for a baseline x86-64 variant, wherever upstream searches',
    (feature) => {
      expect(syntheticCpuinfo('linux-x86_64', X86_64_BASELINE)).not.toContain(feature);
    },
  );

  it('never contains avx or bf16 for baseline aarch64', () => {
    expect(syntheticCpuinfo('linux-aarch64', AARCH64_BASELINE)).not.toMatch(/avx|bf16/);
  });

  it('has no semicolon, which cmake would take for a list separator, and is not empty', () => {
    const text = syntheticCpuinfo('linux-x86_64', X86_64_BASELINE);
    expect(text).not.toContain(';');
    expect(text.trim().split('\n').length).toBeGreaterThan(1);
  });
});
