import { describe, expect, it } from '@jest/globals';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { selectVersions } from './version-selection.ts';

const available = [
  '0.12.0',
  '0.8.5',
  '0.8.5.post1',
  '0.9.0',
  '0.11.0rc1',
  '0.11.0',
  '0.11.1rc0',
  '0.11.1',
  '0.11.2',
  '0.17.0rc0',
  '0.17.1',
  '0.18.1',
].map((version) => ({ version, tag: `v${version}`, commit: version }));

const refusals = [
  { releases: '>=0.17.0.dev0,<0.18.0.dev0', reason: 'It is broken upstream.', instead: '0.18.1' },
];

const selected = (text: string): string[] =>
  selectVersions(text, available, refusals).map((release) => release.version);

function refusal(text: string): VllmCpuError {
  try {
    selected(text);
  } catch (error) {
    if (error instanceof VllmCpuError) return error;
  }
  throw new Error(`"${text}" was not refused`);
}

describe('selectVersions', () => {
  it('takes single versions, lists and ranges together, lowest first and once each', () => {
    expect(selected('0.12.0, 0.11.0-0.11.2,0.8.5 ,0.11.1')).toEqual([
      '0.8.5',
      '0.11.0',
      '0.11.1',
      '0.11.2',
      '0.12.0',
    ]);
  });

  it('reads a v prefix, spaces around a range and unnormalised PEP 440 spellings', () => {
    expect(selected('v0.12.0')).toEqual(['0.12.0']);
    expect(selected('v0.11.1 - v0.11.2')).toEqual(['0.11.1', '0.11.2']);
    expect(selected('0.11.0-rc1')).toEqual(['0.11.0rc1']);
    expect(selected('0.8.5-post1')).toEqual(['0.8.5.post1']);
    expect(selected('0.12')).toEqual(['0.12.0']);
  });

  it('takes post-releases in a range, and candidates only where an end is one', () => {
    expect(selected('0.8.5-0.9.0')).toEqual(['0.8.5', '0.8.5.post1', '0.9.0']);
    expect(selected('0.11.0-0.11.1')).toEqual(['0.11.0', '0.11.1']);
    expect(selected('0.11.0-rc1-0.11.1')).toEqual(['0.11.0rc1', '0.11.0', '0.11.1rc0', '0.11.1']);
  });

  it.each([
    ['', 'VERSION_SELECTION_EMPTY'],
    ['  ', 'VERSION_SELECTION_EMPTY'],
    ['0.8.5,', 'VERSION_MALFORMED'],
    ['0.8.5 0.9.0', 'VERSION_MALFORMED'],
    ['latest', 'VERSION_MALFORMED'],
    ['0.11.*', 'VERSION_MALFORMED'],
    ['0.11.0-', 'VERSION_MALFORMED'],
    ['-0.11.0', 'VERSION_MALFORMED'],
    ['0.8.5-0.9.0-0.12.0', 'VERSION_MALFORMED'],
    ['0.12.0+cpu', 'VERSION_MALFORMED'],
    ['0.11.0-1', 'VERSION_AMBIGUOUS'],
    ['0.11.2-0.11.0', 'VERSION_RANGE_REVERSED'],
    ['0.11.9', 'VERSION_UNKNOWN'],
    ['0.9.0-0.11.9', 'VERSION_UNKNOWN'],
    ['0.17.0rc0', 'RELEASE_REFUSED'],
    ['0.12.0-0.17.1', 'RELEASE_REFUSED'],
  ])('refuses "%s" with %s', (text, code) => {
    expect(refusal(text).code).toBe(code);
  });

  it('says which releases are near an unknown one, and how a reversed range is written', () => {
    expect(refusal('0.10.7').why).toBe(
      'Similar releases: 0.8.5, 0.8.5.post1, 0.9.0, 0.11.0, 0.11.1, 0.11.2.',
    );
    expect(refusal('0.11.2-0.11.0').next).toBe('Use 0.11.0-0.11.2.');
  });
});

describe('a release that is refused', () => {
  it('says why, and which one to take', () => {
    expect(refusal('0.17.1')).toMatchObject({
      why: 'It is broken upstream.',
      next: 'Use 0.18.1 instead.',
    });
  });

  it('is refused where upstream does not list it, too', () => {
    expect(refusal('0.17.0').code).toBe('RELEASE_REFUSED');
  });

  it('is passed over between the ends of a range', () => {
    expect(selected('0.12.0-0.18.1')).toEqual(['0.12.0', '0.18.1']);
  });
});
