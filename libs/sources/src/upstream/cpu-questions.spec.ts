import { describe, expect, it } from '@jest/globals';
import { findCpuQuestions } from './cpu-questions.ts';

const names = (text: string) => findCpuQuestions(text, 'vllm/a.py').map(({ name }) => name);

describe('a question about the CPU', () => {
  it.each([
    ['torch’s Python', 'if torch.cpu._is_amx_tile_supported():', ['_is_amx_tile_supported']],
    ['its bindings', 'x = not torch._C._cpu._is_amx_tile_supported()', ['_is_amx_tile_supported']],
    ['a call over lines', 'torch.cpu._is_vnni_supported(\n)', ['_is_vnni_supported']],
    ['the kernels', 'bool(torch.ops._C.cpu_has_amx_fp8())', ['cpu_has_amx_fp8']],
    ['all at once', 'torch.cpu.get_capabilities().get("bf16")', ['get_capabilities']],
    [
      'two in a line',
      'torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_avx512_supported()',
      ['_is_avx512_bf16_supported', '_is_avx512_supported'],
    ],
  ])('is found where it asks %s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it.each([
    'self._is_model_supported()',
    '_is_fa2_supported(device)',
    'torch.ops.zentorch.zentorch_is_fp16_supported()',
    'hasattr(torch.ops._C, "cpu_has_amx_fp8")',
    'ops.cpu_has_amx_fp8()',
    'connector.get_capabilities()',
    'x = 1  # see torch.cpu._is_amx_tile_supported',
  ])('is not seen in %s', (text) => {
    expect(names(text)).toEqual([]);
  });

  it.each([
    'from torch.cpu import _is_amx_tile_supported',
    'getattr(torch.cpu, "_is_avx512_supported")()',
    'ask = torch.cpu._is_avx512_bf16_supported',
    'a = "#"; ask = torch.cpu._is_vnni_supported',
    'caps = torch.cpu.get_capabilities',
  ])('stops in another form: %s', (text) => {
    expect(() => names(`import torch\n${text}\n`)).toThrow(
      expect.objectContaining({
        code: 'CPU_QUESTION_FORM',
        what: expect.stringContaining('vllm/a.py:2'),
      }),
    );
  });

  it('stops where nothing is known about it', () => {
    expect(() => names('torch.cpu._is_avx11_supported()')).toThrow(
      expect.objectContaining({ code: 'CPU_QUESTION_UNKNOWN' }),
    );
  });
});
