import { expect, it } from '@jest/globals';
import { manylinuxTableOf } from './auditwheel-policy.ts';

const policy = (name: string, versions: string[], machine = 'x86_64') => ({
  name,
  aliases: name === 'manylinux_2_5' ? ['manylinux1'] : [],
  symbol_versions: { [machine]: { GLIBC: versions } },
  lib_whitelist: name === 'manylinux_2_17' ? ['libz.so.1', 'libc.so.6'] : ['libc.so.6'],
});

it("lists each of auditwheel's symbol versions once, with the oldest policy that has it", () => {
  const table = manylinuxTableOf(
    [
      policy('linux', []),
      policy('manylinux_2_17', ['2.5', '2.17', 'ABI_X']),
      policy('manylinux_2_5', ['2.5']),
      policy('manylinux_2_31', ['2.31'], 'riscv64'),
    ],
    ['x86_64'],
    'auditwheel 1.0',
  );
  expect(table).toEqual({
    source: 'auditwheel 1.0',
    policies: [
      { name: 'manylinux_2_5', aliases: ['manylinux1'], adds: { x86_64: { GLIBC: ['2.5'] } } },
      { name: 'manylinux_2_17', aliases: [], adds: { x86_64: { GLIBC: ['2.17', 'ABI_X'] } } },
      { name: 'manylinux_2_31', aliases: [], adds: {} },
    ],
    libraries: ['libc.so.6', 'libz.so.1'],
  });
});
