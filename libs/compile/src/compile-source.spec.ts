import { join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { closureFiles } from '@vllm-cpu/system/source-closure';

const libraries = join(import.meta.dirname, '../..');

it('is what the key of a compile digests: this stage and what it imports, nothing of later stages', () => {
  const files = [...closureFiles([join(import.meta.dirname, 'compile.ts')]).keys()];
  const paths = files.map((file) => relative(libraries, file));
  expect([...new Set(paths.map((path) => path.split('/')[0]))].sort()).toEqual([
    'cmake',
    'compile',
    'python',
    'sources',
    'system',
    'variant',
  ]);
  expect(paths).toContain('compile/src/compile-key.ts');
  // Of what asks cmake for a pin, only the CPU description that a compile is given too.
  expect(paths.filter((path) => path.startsWith('cmake/'))).toEqual([
    'cmake/src/synthetic-cpuinfo.ts',
  ]);
});
