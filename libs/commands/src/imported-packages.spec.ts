import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { importedPackages } from './imported-packages.ts';

const folder = temporaryFolders();

it('finds packages through other files, and neither Node’s modules nor our own', () => {
  const root = folder();
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('entry.ts', `import { join } from 'node:path';\nimport { b } from './lib/b.ts';\n`);
  write('lib/b.ts', `import { a } from '@scope/a/deep';\nexport { c } from 'c';\nimport 'd-e';\n`);
  for (const name of ['@scope/a', 'c']) {
    write(`node_modules/${name}/package.json`, `{"version":"1.${name.length}"}`);
  }
  expect(importedPackages([join(root, 'entry.ts')], join(root, 'node_modules'))).toEqual({
    '@scope/a': '1.8',
    c: '1.1',
  });
});

it.each([
  ['verify/verification.ts', 'iced-x86'],
  ['build/build.ts', 'fflate'],
])('sees in %s what decides its result: %s', (entry, name) => {
  expect(importedPackages([join(import.meta.dirname, entry)])[name]).toMatch(/^\d+\.\d+\.\d+/);
});
