import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { sourceClosure } from './source-closure.ts';

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

  describe('across packages of the workspace', () => {
    beforeEach(() => {
      mkdirSync(join(root, 'node_modules/@vllm-cpu'), { recursive: true });
      mkdirSync(join(root, 'libs/zip/src/deep'), { recursive: true });
      symlinkSync('../../libs/zip', join(root, 'node_modules/@vllm-cpu/zip'));
      write(
        'libs/zip/package.json',
        JSON.stringify({
          name: '@vllm-cpu/zip',
          exports: { './reader': './src/deep/reader.ts', './writer': './src/writer.ts' },
        }),
      );
      write('libs/zip/src/deep/reader.ts', "import '../inflate.ts';\n");
      write('libs/zip/src/inflate.ts', '');
      write('libs/zip/src/writer.ts', '');
      write('stage/a.ts', "import { read } from '@vllm-cpu/zip/reader';\n");
    });

    it.each(['deep/reader.ts', 'inflate.ts'])(
      'changes with %s, which is behind the import',
      (name) => {
        const before = digest();
        write(`libs/zip/src/${name}`, '// changed\n');
        expect(digest()).not.toBe(before);
      },
    );

    it('does not change with another module of the same package', () => {
      const before = digest();
      write('libs/zip/src/writer.ts', '// changed\n');
      expect(digest()).toBe(before);
    });

    it('names a module that the package does not export', () => {
      write('stage/a.ts', "import { read } from '@vllm-cpu/zip/inflate';\n");
      expect(digest).toThrow(/inflate/);
    });
  });
});
