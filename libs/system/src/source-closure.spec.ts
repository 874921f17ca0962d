import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { closureFiles, sourceClosure } from './source-closure.ts';

describe('the closure of a stage’s source', () => {
  const folder = temporaryFolders();
  let root: string;
  const write = (name: string, text: string) => writeFileSync(join(root, name), text);
  beforeEach(() => {
    root = folder();
    mkdirSync(join(root, 'stage'));
    mkdirSync(join(root, 'noun'));
    write('stage/a.ts', "import { b } from './b.ts';\nimport x from 'execa';\n");
    write('stage/b.ts', "import type { C } from '../noun/c.ts';\nexport * from './d.ts';\n");
    write('stage/d.ts', "const late = () => import('../noun/e.ts');\n");
    write('noun/c.ts', '');
    write('noun/e.ts', "import './f.ts';\nimport {\n  a,\n  b,\n} from './a.ts';\n");
    write('noun/f.ts', "import { late } from '../stage/a.ts';\n");
    write('noun/a.ts', "const url = new URL('./table.json', import.meta.url);\n");
    write('noun/table.json', "import './nothing.ts'");
    write('stage/unrelated.ts', '');
  });
  const digest = () => sourceClosure([join(root, 'stage/a.ts')]);

  it.each([
    'stage/a.ts',
    'stage/b.ts',
    'stage/d.ts',
    'noun/c.ts',
    'noun/e.ts',
    'noun/f.ts',
    'noun/a.ts',
    'noun/table.json',
  ])(
    'changes with %s: imported, exported, for its types, late, for effect, in a circle, read',
    (name) => {
      const before = digest();
      writeFileSync(join(root, name), '// changed\n', { flag: 'a' });
      expect(digest()).not.toBe(before);
    },
  );

  it('does not change with a file that is not imported', () => {
    const before = digest();
    write('stage/unrelated.ts', '// changed\n');
    expect(digest()).toBe(before);
  });

  it('is the same in another clone', () => {
    const before = digest();
    const first = root;
    root = join(folder(), 'deeper');
    for (const name of ['stage', 'noun']) mkdirSync(join(root, name), { recursive: true });
    expect(before).toHaveLength(64);
    for (const name of [
      ...['stage/a.ts', 'stage/b.ts', 'stage/d.ts'],
      ...['noun/a.ts', 'noun/c.ts', 'noun/e.ts', 'noun/f.ts', 'noun/table.json'],
    ]) {
      write(name, readFileSync(join(first, name), 'utf8'));
    }
    expect(digest()).toBe(before);
  });

  it('names a file that is imported and does not exist', () => {
    write('noun/c.ts', "import './gone.ts';\n");
    expect(digest).toThrow(/gone\.ts/);
  });

  it('of compile has nothing of the stages after it, of README handling or of the plugin', () => {
    const source = join(import.meta.dirname, '..');
    const files = [...closureFiles([join(source, 'compile/compile.ts')]).keys()];
    const folders = new Set(files.map((file) => file.slice(source.length + 1).split('/')[0]));
    expect([...folders].sort()).toEqual([
      'compile',
      'requirements',
      'sources',
      'system',
      'variant',
    ]);
    expect(files.some((file) => file.endsWith('compile-key.ts'))).toBe(true);
  });
});
