import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { formatLock, lockDigest, lockedOn, parseLock, unmetBy } from './lock-file.ts';
import { parseRequirements } from './requirements-file.ts';

const RELEASES_FOLDER = 'packages/upstream/releases';
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const TEXT = `# A comment.
ninja==1.13.0 \\
    --hash=sha256:${B} \\
    --hash=sha256:${A}
    # via someone
Setuptools_SCM==9.2.2 ; python_full_version >= '3.10' --hash=sha256:${A}
tomli==2.4.0 ; python_full_version < '3.11' and (platform_machine == 'x86_64' or platform_machine == 'aarch64') --hash=sha256:${A}
networkx==3.4.2 ; python_version <= '3.10' and sys_platform == 'linux' --hash=sha256:${A}
networkx==3.6.1 ; python_version > '3.10' and sys_platform == 'linux' --hash=sha256:${A}
colorama==0.4.6 ; sys_platform == 'win32' --hash=sha256:${A}
`;
const lock = parseLock(TEXT, 'the lock');
const names = (python: string) =>
  lockedOn(lock, 'linux-x86_64', python).map(({ name, version }) => `${name} ${version}`);

describe('a lock', () => {
  it('gives each platform and Python its part', () => {
    expect(names('3.12.1')).toEqual(['networkx 3.6.1', 'ninja 1.13.0', 'setuptools-scm 9.2.2']);
    expect(names('3.10.13')).toEqual([
      ...['networkx 3.4.2', 'ninja 1.13.0', 'setuptools-scm 9.2.2', 'tomli 2.4.0'],
    ]);
    expect(names('3.9.18')).not.toContain('setuptools-scm 9.2.2');
  });

  it('has a digest of what is installed: order, comments and markers do not count', () => {
    const part = lockedOn(lock, 'linux-x86_64', '3.12.1');
    const other = TEXT.replace('# A comment.\n', '').replace(/^ninja[^]*?(?=Setup)/m, '');
    const again = parseLock(
      `${other}ninja==1.13.0 ; sys_platform == 'linux' --hash=sha256:${A} --hash=sha256:${B}\n`,
      'the lock',
    );
    expect(lockDigest(lockedOn(again, 'linux-x86_64', '3.12.1'))).toBe(lockDigest(part));
    for (const [from, to] of [
      ['1.13.0', '1.13.1'],
      [B, 'c'.repeat(64)],
    ] as const) {
      const changed = parseLock(TEXT.replace(from, to), 'the lock');
      expect(lockDigest(lockedOn(changed, 'linux-x86_64', '3.12.1'))).not.toBe(lockDigest(part));
    }
  });

  it('is written as it is read', () => {
    expect(parseLock(formatLock(lock, ['one', 'two']), 'the lock')).toEqual(lock);
  });

  it.each([
    ['a range', `cmake>=3.26 --hash=sha256:${A}`],
    ['no digest', 'cmake==4.2.1'],
    ['another digest than SHA-256', `cmake==4.2.1 --hash=md5:${'a'.repeat(32)}`],
    ['a URL', `cmake @ https://example.org/cmake.whl --hash=sha256:${A}`],
    ['an option', '--extra-index-url https://example.org'],
  ])('with %s is refused', (_, line) => {
    expect(() => parseLock(`${TEXT}${line}\n`, 'x.lock.txt')).toThrow(
      expect.objectContaining({
        code: 'LOCK_INVALID',
        what: expect.stringContaining('x.lock.txt has a line that does not lock a version'),
      }),
    );
  });

  it('names what it does not meet', () => {
    const asked = parseRequirements('ninja\nsetuptools-scm>=8\ntomli>=3\ncmake>=3.26.1\n');
    const packages = lockedOn(lock, 'linux-x86_64', '3.10.13');
    expect(unmetBy(packages, asked)).toEqual(['tomli>=3', 'cmake>=3.26.1']);
  });
});

it('the locks of this repository name no index and no folder of a machine', () => {
  const folder = join(import.meta.dirname, '../../..', RELEASES_FOLDER);
  const locks = readdirSync(folder).filter((name) => name.endsWith('.lock.txt'));
  expect(locks).toContain('sample.lock.txt');
  for (const name of locks) {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(text.replace(/^#.*$/gm, '')).not.toMatch(/:\/\/|\/|--index|--find-links/);
    expect(parseLock(text, name).length).toBeGreaterThan(0);
  }
});
