import { join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import { closureFiles } from '@vllm-cpu/system/source-closure';

const libraries = join(import.meta.dirname, '../..');

it('is what the key of a compile digests: this stage and what it imports, nothing of later stages', () => {
  const files = [...closureFiles([join(import.meta.dirname, 'compile.ts')]).keys()];
  const paths = files.map((file) => relative(libraries, file));
  expect([...new Set(paths.map((path) => path.split('/')[0]))].sort()).toEqual([
    'compile',
    'python',
    'sources',
    'system',
    'variant',
  ]);
  expect(paths).toContain('compile/src/compile-key.ts');
});
