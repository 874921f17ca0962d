import { expect, it } from '@jest/globals';
import { mustVendor } from './library-policy.ts';

it.each([
  ['libnuma.so.1', true],
  ['libtbb.so.12', true],
  ['libgomp.so.1', false],
  ['libtorch_cpu.so', false],
  ['libtorch_python.so', false],
  ['libc10.so', false],
  ['libtorch.so.2.6', false],
  ['libtorch_cpu.so.2.6', false],
  ['libc10.so.2.6', false],
  ['libdnnl.so.3.6', true],
  ['libstdc++.so.6', false],
  ['ld-linux-x86-64.so.2', false],
])('of the libraries that a module needs, %s is brought: %s', (soname, expected) => {
  expect(mustVendor(soname, 'vllm/_C.abi3.so')).toBe(expected);
});

it.each(['libomp.so.5', 'libiomp5.so', 'libpython3.12.so.1.0'])('no wheel brings %s', (soname) => {
  expect(() => mustVendor(soname, 'vllm/_C.abi3.so')).toThrow(
    expect.objectContaining({ code: 'LIBRARY_REFUSED' }),
  );
});
