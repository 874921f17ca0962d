import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { commitFiles, git } from '@vllm-cpu/testing/git-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { ensureOneDnn, isSourceDirectory } from './onednn.ts';

const FILES = { 'CMakeLists.txt': 'project(DNNL)\n', 'src/cpu.cpp': 'int one;\n' };

describe('oneDNN’s sources', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    mkdirSync(join(root, 'scratch'));
  });
  const ensure = (setting: string, pinned: string | null = null, tag = 'v3.10') =>
    ensureOneDnn(
      git,
      {
        oneDnn: join(root, 'onednn.git'),
        sources: join(root, 'sources'),
        scratch: join(root, 'scratch'),
      },
      { tag, commit: pinned },
      setting,
      () => undefined,
    );
  const commitOfTag = async (repository: string) =>
    (await git.run(['-C', repository, 'rev-parse', 'refs/tags/v3.10^{commit}'])).stdout.trim();

  it('are checked out once from a repository and shared by all variants', async () => {
    const commit = await commitFiles(join(root, 'oneDNN'), FILES, 'v3.10');
    const first = await ensure(`file://${join(root, 'oneDNN')}`, commit);
    expect(first.commit).toBe(commit);
    expect(readFileSync(join(first.directory, 'src/cpu.cpp'), 'utf8')).toBe('int one;\n');
    writeFileSync(join(first.directory, 'mark'), '');
    expect(await ensure(`file://${join(root, 'oneDNN')}`, commit)).toEqual(first);
    expect(existsSync(join(first.directory, 'mark'))).toBe(true);
    expect(readdirSync(join(root, 'sources'))).toHaveLength(1);
  });

  it('are offered as a repository with the tag, for cmakes that clone', async () => {
    await commitFiles(join(root, 'oneDNN'), FILES, 'v3.10');
    const { repository } = await ensure(`file://${join(root, 'oneDNN')}`);
    await git.run(['clone', '--quiet', '--branch=v3.10', `file://${repository}`, join(root, 'c')]);
    expect(readFileSync(join(root, 'c/src/cpu.cpp'), 'utf8')).toBe('int one;\n');
  });

  it.each(['a URL', 'a local clone'])(
    'are those of a commit that has no tag, from %s',
    async (from) => {
      const repository = join(root, 'oneDNN');
      const commit = await commitFiles(repository, FILES, 'v3.10');
      await git.run(['-C', repository, 'tag', '--delete', 'v3.10']);
      await commitFiles(repository, { ...FILES, 'src/cpu.cpp': 'int newer;\n' }, 'v3.11');
      const place = from === 'a URL' ? `file://${repository}` : join(repository, '.git');
      const { directory } = await ensure(place, commit, commit);
      expect(readFileSync(join(directory, 'src/cpu.cpp'), 'utf8')).toBe('int one;\n');
    },
  );

  it('are refused when the pinned tag has moved', async () => {
    await commitFiles(join(root, 'oneDNN'), FILES, 'v3.10');
    await expect(ensure(`file://${join(root, 'oneDNN')}`, 'a'.repeat(40))).rejects.toMatchObject({
      code: 'UPSTREAM_TAG_MOVED',
    });
  });

  describe('in a directory that was handed in', () => {
    let directory: string;
    beforeEach(() => {
      directory = join(root, 'handed-in');
      mkdirSync(join(directory, 'src'), { recursive: true });
      for (const [name, content] of Object.entries(FILES)) {
        writeFileSync(join(directory, name), content);
      }
      // Debian's source package ignores files that belong to the source.
      writeFileSync(join(directory, '.gitignore'), '*.cpp\n');
    });

    it('are used in place, and the directory is left as it was', async () => {
      const before = readdirSync(directory);
      const source = await ensure(directory);
      expect(source).toMatchObject({ directory, commit: null });
      expect(readdirSync(directory)).toEqual(before);
    });

    it('are offered as a repository as well, ignored files included', async () => {
      const { repository } = await ensure(directory);
      await git.run([
        'clone',
        '--quiet',
        '--branch=v3.10',
        `file://${repository}`,
        join(root, 'c'),
      ]);
      expect(readFileSync(join(root, 'c/src/cpu.cpp'), 'utf8')).toBe('int one;\n');
      expect(await commitOfTag(repository)).toMatch(/^[0-9a-f]{40}$/);
    });

    it.each([
      ['3.13.0', 'v3.10'],
      ['3.7.2', 'v3.7.1'],
    ])('are refused where they are %s and the release links %s', async (version, tag) => {
      writeFileSync(join(directory, 'CMakeLists.txt'), `set(PROJECT_VERSION "${version}")\n`);
      await expect(ensure(directory, null, tag)).rejects.toMatchObject({
        code: 'ONEDNN_VERSION',
        what: expect.stringContaining(version),
      });
    });

    it.each([
      ['3.10.0', 'v3.10'],
      ['3.7.1', 'v3.7.1'],
      ['3.9.0', '9c5be1cc59e368aebf0909e6cf20f981ea61462a'],
    ])('are taken where they are %s and the release links %s', async (version, tag) => {
      writeFileSync(join(directory, 'CMakeLists.txt'), `set(PROJECT_VERSION "${version}")\n`);
      expect(await ensure(directory, null, tag)).toMatchObject({ directory });
    });

    it('are told apart from a repository and from a URL', async () => {
      expect(await isSourceDirectory(directory)).toBe(true);
      expect(await isSourceDirectory(join(root, 'scratch'))).toBe(false);
      expect(await isSourceDirectory('https://example.org/oneDNN.git')).toBe(false);
      expect(await isSourceDirectory(undefined)).toBe(false);
    });
  });
});
