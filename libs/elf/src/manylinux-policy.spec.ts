import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { manylinuxTable } from './manylinux-table.ts';
import type { VersionedFile } from './manylinux-policy.ts';
import {
  demands,
  isAllowedLibrary,
  parsePlatformTag,
  platformTag,
  policyOf,
} from './manylinux-policy.ts';

/** Only what the policy reads of a file. */
function asking(name: string, versions: string[], machine = 'x86_64'): VersionedFile {
  const needs = versions.map((version) => ({ name: version, index: 2, weak: false }));
  return {
    name,
    machine,
    versionNeeds: [{ library: 'libc.so.6', versions: needs }],
  };
}

describe('the manylinux policy', () => {
  it.each([
    ['GLIBC_2.2.5', [2, 5]],
    ['GLIBC_2.28', [2, 28]],
    ['GLIBC_2.29', [2, 31]],
    ['GLIBC_2.38', [2, 38]],
    ['GLIBCXX_3.4.24', [2, 27]],
    ['GLIBCXX_3.4.32', [2, 39]],
    ['CXXABI_1.3.13', [2, 34]],
    ['GCC_7.0.0', [2, 27]],
    ['GLIBC_ABI_DT_RELR', [2, 36]],
    ['CXXABI_FLOAT128', [2, 24]],
  ])('%s needs manylinux %s on x86_64', (version, policy) => {
    expect(policyOf(version, 'x86_64')).toEqual(policy);
  });

  it('finds no policy for private or future symbols', () => {
    expect(policyOf('GLIBC_PRIVATE', 'x86_64')).toBeUndefined();
    expect(policyOf('GLIBCXX_3.4.99', 'x86_64')).toBeUndefined();
  });

  it('tells the machines apart', () => {
    expect(policyOf('GLIBC_2.17', 'aarch64')).toEqual([2, 17]);
    expect(policyOf('GCC_11.0', 'aarch64')).toEqual([2, 34]);
  });

  it('picks the lowest tag that is honest for all files, and names the most demanding symbol', () => {
    const files = [
      asking('a.so', ['GLIBC_2.17']),
      asking('b.so', ['GLIBC_2.34', 'GLIBCXX_3.4.19']),
    ];
    expect(platformTag(files, 'x86_64')).toBe('manylinux_2_34_x86_64');
    expect(demands(files)[0]).toMatchObject({ file: 'b.so', version: 'GLIBC_2.34' });
  });

  it('promises nothing where a private symbol is used', () => {
    expect(platformTag([asking('a.so', ['GLIBC_PRIVATE'])], 'x86_64')).toBe('linux_x86_64');
  });

  it('gives the oldest tag to files that ask for nothing', () => {
    expect(platformTag([], 'x86_64')).toBe('manylinux_2_5_x86_64');
    expect(platformTag([], 'aarch64')).toBe('manylinux_2_17_aarch64');
  });

  it('reads modern and legacy tags', () => {
    expect(parsePlatformTag('manylinux_2_28_x86_64')).toEqual({
      policy: [2, 28],
      machine: 'x86_64',
    });
    expect(parsePlatformTag('manylinux2014_aarch64')).toEqual({
      policy: [2, 17],
      machine: 'aarch64',
    });
    expect(parsePlatformTag('linux_x86_64')).toBeUndefined();
  });

  it('allows what every system has, and neither libgomp nor libnuma', () => {
    expect(
      ['libc.so.6', 'ld-linux-x86-64.so.2', 'ld-linux-aarch64.so.1'].every(isAllowedLibrary),
    ).toBe(true);
    expect(['libgomp.so.1', 'libnuma.so.1'].some(isAllowedLibrary)).toBe(false);
  });

  it('is that of the auditwheel which is locked', () => {
    const lock = new URL(
      '../../../tools/executors/scripts/manylinux-policy.requirements.txt',
      import.meta.url,
    );
    const [, version] = /^auditwheel==(\S+)/.exec(readFileSync(lock, 'utf8')) ?? [];
    expect(manylinuxTable().source).toMatch(`auditwheel ${version}: `);
  });
});
