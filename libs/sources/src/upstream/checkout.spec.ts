import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { commitFiles, git } from '@vllm-cpu/testing/git-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { sdistEntries, writeSdist } from '@vllm-cpu/testing/sdist-fixture';
import { checkOut, checkOutEmbedded, checkOutSdist } from './checkout.ts';

const TIME = 1_764_000_000;

describe('a throwaway tree', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });
  const tree = (name = 'tree') => join(root, name);
  const ask = async (at: string, ...args: string[]) =>
    (await git.run(['-C', at, ...args])).stdout.trim();

  describe('of upstream', () => {
    let source: { gitDir: string; commit: string };
    beforeEach(async () => {
      const commit = await commitFiles(
        tree('vllm'),
        { 'setup.py': 'setup\n', 'docs/logo.png': 'an image\n', 'csrc/docs/a.cpp': 'code\n' },
        'v0.12.0',
      );
      source = { gitDir: tree('vllm/.git'), commit };
    });

    it('has the files of the commit, and no docs', async () => {
      await checkOut(git, source, tree(), TIME);
      expect(readFileSync(join(tree(), 'setup.py'), 'utf8')).toBe('setup\n');
      expect(existsSync(join(tree(), 'docs'))).toBe(false);
      expect(existsSync(join(tree(), 'csrc/docs/a.cpp'))).toBe(true);
    });

    it('is laid from a copy that lacks objects under docs', async () => {
      const blob = await ask(tree('vllm'), 'rev-parse', 'HEAD:docs/logo.png');
      await rm(join(source.gitDir, 'objects', blob.slice(0, 2), blob.slice(2)));
      await checkOut(git, source, tree(), TIME);
      expect(existsSync(join(tree(), 'setup.py'))).toBe(true);
    });

    it('is laid from a shallow repository in which no branch or tag names the commit', async () => {
      const store = tree('store.git');
      await git.run(['init', '--quiet', '--bare', store]);
      const refs = 'refs/tags/v0.12.0:refs/pinned/v0.12.0';
      const from = `file://${tree('vllm')}`;
      await git.run([
        `--git-dir=${store}`,
        'fetch',
        '--quiet',
        '--no-tags',
        '--depth=1',
        from,
        refs,
      ]);
      await checkOut(git, { ...source, gitDir: store }, tree(), TIME);
      expect(existsSync(join(tree(), 'setup.py'))).toBe(true);
    });

    it('is laid from a linked worktree of a local clone', async () => {
      await git.run(['-C', tree('vllm'), 'worktree', 'add', '--quiet', '--detach', tree('linked')]);
      const gitDir = await ask(tree('linked'), 'rev-parse', '--absolute-git-dir');
      await checkOut(git, { ...source, gitDir }, tree(), TIME);
      expect(existsSync(join(tree(), 'setup.py'))).toBe(true);
    });

    it('is a clean repository of its own, so that setuptools-scm finds the files', async () => {
      await checkOut(git, source, tree(), TIME);
      expect(await ask(tree(), 'status', '--porcelain')).toBe('');
      expect((await ask(tree(), 'ls-files')).split('\n')).toEqual(['csrc/docs/a.cpp', 'setup.py']);
    });

    it('has the same commit wherever and whenever it is laid', async () => {
      await checkOut(git, source, tree('one'), TIME);
      await checkOut(git, source, tree('two'), TIME);
      const [one, two] = [
        await ask(tree('one'), 'rev-parse', 'HEAD'),
        await ask(tree('two'), 'rev-parse', 'HEAD'),
      ];
      expect(one).toBe(two);
      expect(await ask(tree('one'), 'log', '-1', '--format=%ct')).toBe(String(TIME));
    });

    it('leaves the shared repository as it was', async () => {
      const before = await ask(tree('vllm'), 'for-each-ref');
      await checkOut(git, source, tree(), TIME);
      writeFileSync(join(tree(), 'setup.py'), 'edited\n');
      expect(await ask(tree('vllm'), 'for-each-ref')).toBe(before);
      expect(await ask(tree('vllm'), 'worktree', 'list')).toMatch(/^[^\n]*$/);
      expect(await ask(tree('vllm'), 'status', '--porcelain')).toBe('');
    });
  });

  describe('of the embedded upstream', () => {
    beforeEach(() => {
      mkdirSync(tree('sample/build'), { recursive: true });
      mkdirSync(tree('sample/vllm/__pycache__'), { recursive: true });
      writeFileSync(tree('sample/setup.py'), 'setup\n');
      writeFileSync(tree('sample/build/left.o'), '');
      writeFileSync(tree('sample/vllm/__init__.py'), '');
      writeFileSync(tree('sample/vllm/__pycache__/a.pyc'), '');
    });

    it('is a repository with a tag, without what an earlier build left', async () => {
      await checkOutEmbedded(git, [tree('sample')], tree(), 'v0.0.1', TIME);
      expect(await ask(tree(), 'describe', '--tags')).toBe('v0.0.1');
      expect((await ask(tree(), 'ls-files')).split('\n')).toEqual(['setup.py', 'vllm/__init__.py']);
      expect(existsSync(join(tree(), 'build'))).toBe(false);
    });

    it('has the files of a later folder in place of those of an earlier one', async () => {
      mkdirSync(tree('over/requirements/build'), { recursive: true });
      writeFileSync(tree('over/setup.py'), 'another\n');
      writeFileSync(tree('over/requirements/build/cpu.txt'), 'ninja\n');
      await checkOutEmbedded(git, [tree('sample'), tree('over')], tree(), 'v0.0.2', TIME);
      expect((await ask(tree(), 'ls-files')).split('\n')).toEqual([
        'requirements/build/cpu.txt',
        'setup.py',
        'vllm/__init__.py',
      ]);
      expect(readFileSync(join(tree(), 'setup.py'), 'utf8')).toBe('another\n');
    });

    it('is laid from a repository that lies in a folder called build', async () => {
      const sample = tree('build/sample');
      mkdirSync(sample, { recursive: true });
      writeFileSync(join(sample, 'setup.py'), 'setup\n');
      await checkOutEmbedded(git, [sample], tree(), 'v0.0.1', TIME);
      expect(existsSync(join(tree(), 'setup.py'))).toBe(true);
    });

    it('has the same modes whatever the umask was when the repository was cloned', async () => {
      await checkOutEmbedded(git, [tree('sample')], tree('one'), 'v0.0.1', TIME);
      chmodSync(tree('sample/setup.py'), 0o600);
      await checkOutEmbedded(git, [tree('sample')], tree('two'), 'v0.0.1', TIME);
      const mode = (name: string) => statSync(join(tree(name), 'setup.py')).mode & 0o777;
      expect(mode('two')).toBe(mode('one'));
    });
  });

  describe('of a source distribution', () => {
    const files = {
      'setup.py': 'setup\n',
      '.gitignore': '*.json\n',
      'vllm/configs/one.json': '{}\n',
      'vllm/_version.py': 'generated\n',
      'PKG-INFO': 'generated\n',
      'vllm.egg-info/SOURCES.txt': 'generated\n',
      'docs/logo.svg': '<svg/>\n',
      'tests/large.json': '{}\n',
      'vllm/benchmarks/serve.py': 'serve\n',
    };
    const lay = async (name: string) => {
      const archive = join(root, 'vllm-1.0.tar.gz');
      const entries = sdistEntries('vllm-1.0', files).map((entry) => ({ ...entry, mode: 0o664 }));
      writeSdist(archive, entries);
      await checkOutSdist(git, archive, tree(name), 'v1.0', TIME);
    };

    it('is a repository with its tag, of what upstream has committed, without what is generated and what no wheel needs', async () => {
      await lay('tree');
      expect((await ask(tree(), 'ls-files')).split('\n')).toEqual([
        '.gitignore',
        'setup.py',
        'vllm/benchmarks/serve.py',
        'vllm/configs/one.json',
      ]);
      expect(await ask(tree(), 'describe', '--tags')).toBe('v1.0');
      expect(await ask(tree(), 'status', '--porcelain')).toBe('');
      expect(existsSync(join(tree(), 'vllm/_version.py'))).toBe(false);
    });

    it('is the same each time, with the modes of a fresh clone', async () => {
      await lay('tree');
      await lay('again');
      expect(await ask(tree('again'), 'rev-parse', 'HEAD')).toBe(
        await ask(tree(), 'rev-parse', 'HEAD'),
      );
      expect(statSync(join(tree(), 'setup.py')).mode & 0o777).toBe(0o644);
    });
  });
});
