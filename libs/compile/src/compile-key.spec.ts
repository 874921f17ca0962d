import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { aRelease, aSubject, aVariant, someSettings } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { compileKey } from './compile-key.ts';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';

const EMBEDDED = { kind: 'embedded', commit: null, repository: null } as const;

describe('the key of a compile', () => {
  const folder = temporaryFolders();
  let root: string;
  let programs: string;
  beforeEach(() => {
    root = repository();
    programs = folder();
    for (const name of ['gcc', 'g++', 'as', 'ld', 'git']) program(name, `echo ${name} 12.3`);
    program('python3', `echo '${JSON.stringify({ version: '3.11.7', packages: {} })}'`);
  });

  /** A machine of which only these programs are known: the real ones are slow to ask so often. */
  function program(name: string, script: string): void {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** A repository of which only the embedded upstream is there. */
  function repository(): string {
    const made = folder();
    mkdirSync(join(made, 'packages/upstream/sample/csrc'), { recursive: true });
    sample(made, 'setup.py', 'setup\n');
    sample(made, 'csrc/a.cpp', 'int a;\n');
    return made;
  }
  const sample = (at: string, name: string, text: string) =>
    writeFileSync(join(at, 'packages/upstream/sample', name), text);
  const embedded = (): CompileSubject => aSubject(aRelease(EMBEDDED));
  const key = async (subject = embedded(), env: Record<string, string> = {}, at = root) =>
    (await compileKey(subject, someSettings(at, { PATH: programs, ...env }), createRunner())).value;

  describe('stays the same', () => {
    it('in another clone, with another workspace, upstream and number of jobs', async () => {
      const env = {
        VLLM_CPU_WORKSPACE: '/elsewhere',
        VLLM_CPU_UPSTREAM: 'https://mirror.example.org/vllm.git',
        VLLM_CPU_MAX_JOBS: '7',
        HOME: '/home/other',
        TMPDIR: '/var/tmp',
      };
      expect(await key(embedded(), env, repository())).toBe(await key());
    });

    it('with stray flags and tokens in the environment', async () => {
      const env = { CXXFLAGS: '-march=native', PYPI_TOKEN: 'x', VLLM_CPU_AVX512BF16: '1' };
      expect(await key(embedded(), env)).toBe(await key());
    });

    it('when the variant’s texts, the records of the pin or the sample’s README change', async () => {
      const before = await key();
      const release = aRelease(EMBEDDED);
      release.equivalences.push({
        ...{ variant: 'amxbf16', to: 'avx512bf16', evidence: 'cmake' },
        platform: 'linux-x86_64',
      });
      const subject = aSubject(
        { ...release, active: false },
        aVariant({ summary: 'Another summary', keywords: ['other'], rank: 9 }),
      );
      sample(root, 'README.md', 'more');
      mkdirSync(join(root, 'packages/upstream/sample/build'));
      sample(root, 'build/left.o', 'left by a build in place');
      expect(await key(subject)).toBe(before);
    });

    it('when features are listed in another order', async () => {
      const subject = embedded();
      const level = { ...subject.level, requires: [...subject.level.requires].reverse() };
      expect(await key({ ...subject, level })).toBe(await key());
    });
  });

  describe('changes', () => {
    it('with the variant, its requires and its proves', async () => {
      const subject = embedded();
      const { requires, proves } = subject.level;
      const keys = await Promise.all([
        key(),
        key({ ...subject, variant: aVariant({ name: 'other' }) }),
        key({ ...subject, level: { requires: [...requires, 'avx512ifma'], proves } }),
        key({ ...subject, level: { requires, proves: proves.slice(1) } }),
      ]);
      expect(new Set(keys).size).toBe(4);
    });

    it('with the commit, its time and the sources', async () => {
      const before = await key();
      sample(root, 'csrc/a.cpp', 'int b;\n');
      const after = await key();
      const later = await key(aSubject(aRelease({ ...EMBEDDED, commitTime: 1 })));
      const pinned = await key(aSubject());
      const moved = await key(aSubject(aRelease({ commit: 'a'.repeat(40) })));
      expect(new Set([before, after, later, pinned, moved]).size).toBe(5);
    });

    it('with an edit that the release needs, and not with its reason', async () => {
      const before = await key(aSubject());
      mkdirSync(join(root, 'packages/upstream/edits'));
      const write = (change: object) =>
        writeFileSync(
          join(root, 'packages/upstream/edits/a.json'),
          JSON.stringify({
            ...{ id: 'a', releases: '==0.12.0', platforms: ['linux-x86_64'], file: 'a.cpp' },
            ...{ find: 'something', replace: 'x', why: 'a reason that is long enough' },
            ...{ link: 'https://example.org/1', ...change },
          }),
        );
      write({});
      const edited = await key(aSubject());
      expect(edited).not.toBe(before);
      write({ why: 'another reason that is long enough' });
      expect(await key(aSubject())).toBe(edited);
      write({ releases: '==0.16.0' });
      expect(await key(aSubject())).toBe(before);
    });

    it('with another g++ first on PATH', async () => {
      const before = await key();
      const other = folder();
      writeFileSync(join(other, 'g++'), '#!/bin/sh\necho g++ 12.3 # another\n', { mode: 0o755 });
      expect(await key(embedded(), { PATH: `${other}:${programs}` })).not.toBe(before);
    });

    it('with a oneDNN directory by content, and not with a oneDNN repository', async () => {
      const oneDnn = folder();
      writeFileSync(join(oneDnn, 'CMakeLists.txt'), 'one');
      const before = await key(aSubject());
      const one = await key(aSubject(), { VLLM_CPU_ONEDNN: oneDnn });
      writeFileSync(join(oneDnn, 'CMakeLists.txt'), 'two');
      const two = await key(aSubject(), { VLLM_CPU_ONEDNN: oneDnn });
      expect(new Set([before, one, two]).size).toBe(3);
      expect(await key(aSubject(), { VLLM_CPU_ONEDNN: 'https://example.org/o.git' })).toBe(before);
    });

    it('with a NUMA library in a home directory, and not with what else lies there', async () => {
      const lib = folder();
      const env = { LIBRARY_PATH: lib };
      const before = await key(embedded(), env);
      writeFileSync(join(lib, 'libother.so'), 'x');
      expect(await key(embedded(), env)).toBe(before);
      writeFileSync(join(lib, 'libnuma.so.1'), 'x');
      symlinkSync('libnuma.so.1', join(lib, 'libnuma.so'));
      expect(await key(embedded(), env)).not.toBe(before);
    });

    it('with a version or a digest of the pin’s lock that is for this platform and Python', async () => {
      const lock = (text: string) => {
        mkdirSync(join(root, 'packages/upstream/releases'), { recursive: true });
        writeFileSync(join(root, 'packages/upstream/releases/0.12.0.lock.txt'), text);
        return key();
      };
      const hash = (letter: string) => ` --hash=sha256:${letter.repeat(64)}\n`;
      const none = await key();
      const first = await lock(`cmake==4.2.1${hash('a')}`);
      const newer = await lock(`cmake==4.2.3${hash('a')}`);
      const other = await lock(`cmake==4.2.1${hash('b')}`);
      expect(new Set([none, first, newer, other]).size).toBe(4);
      const elsewhere = `cmake==4.2.1${hash('a')}tomli==2.4.0 ; python_full_version < '3.11'${hash('c')}`;
      expect(await lock(`# Another comment.\n${elsewhere}`)).toBe(first);
    });

    it('with the attempt, so that a failed wheel can be built again', async () => {
      expect(await key(embedded(), { VLLM_CPU_ATTEMPT: '2' })).not.toBe(await key());
    });

    it('with the given interpreter’s torch and build tools', async () => {
      const python = (torch: string) => {
        const path = join(folder(), 'python');
        const answer = JSON.stringify({ version: '3.11.7', packages: { torch } });
        writeFileSync(path, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
        return { VLLM_CPU_PYTHON: path };
      };
      const one = await key(embedded(), python('2.9.1+cpu'));
      expect(await key(embedded(), python('2.9.1+cpu'))).toBe(one);
      expect(await key(embedded(), python('2.6.0+debian'))).not.toBe(one);
    });
  });
});
