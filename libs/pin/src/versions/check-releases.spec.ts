import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { checkReleases } from './check-releases.ts';
import type { WatchPolicy } from './check-releases.ts';
import { fixturePin } from '@vllm-cpu/testing/upstream-fixture';

const variants = loadVariants(join(import.meta.dirname, '../../../..'));
const pins = [
  fixturePin('0.8.5', { switches: ['bf16'] }, variants, '1'),
  fixturePin('0.12.0', { switches: ['bf16'] }, variants, '2'),
];
const pinned = pins.map(({ name, release }) => ({
  version: name,
  tag: release.source.tag,
  commit: release.source.commit ?? '',
}));
const tag = (version: string) => ({ version, tag: `v${version}`, commit: 'c'.repeat(40) });

const refusals = [
  { releases: '>=0.17.0.dev0,<0.18.0.dev0', reason: 'It is broken upstream.', instead: '0.18.1' },
];

const check = (versions: string[], policy: WatchPolicy = {}) => {
  const found = checkReleases([...pinned, ...versions.map(tag)], pins, policy);
  return { ...found, new: found.new.map(({ version }) => version) };
};

describe('checkReleases', () => {
  it('has no work where everything is pinned', () => {
    expect(check([])).toEqual({ new: [], passedOver: [], moved: [], work: false });
  });

  it('names new releases from the minimum on, lowest first', () => {
    expect(check(['0.14.0', '0.13.0', '0.9.0', '0.8.4'])).toMatchObject({
      new: ['0.9.0', '0.13.0', '0.14.0'],
      work: true,
    });
    expect(check(['0.14.0', '0.13.0'], { minimum: 'v0.14' }).new).toEqual(['0.14.0']);
  });

  it('passes over excluded, refused and candidate versions with the reason', () => {
    expect(check(['0.13.0', '0.14.0rc1', '0.17.0'], { exclude: ['v0.13'], refusals })).toEqual({
      new: [],
      passedOver: [
        { version: '0.13.0', reason: 'excluded' },
        { version: '0.14.0rc1', reason: 'pre-release' },
        { version: '0.17.0', reason: 'refused' },
      ],
      moved: [],
      work: false,
    });
    expect(check(['0.14.0rc1', '0.17.0rc1'], { preReleases: true, refusals }).new).toEqual([
      '0.14.0rc1',
    ]);
    expect(check(['0.18.0', '0.33.0'], { refusals }).new).toEqual(['0.18.0', '0.33.0']);
  });

  it('reports a tag that moved from its pin, and one that is gone', () => {
    expect(checkReleases([tag('0.8.5')], pins)).toMatchObject({
      work: true,
      moved: [
        { version: '0.8.5', pinned: '1'.repeat(40), commit: 'c'.repeat(40) },
        { version: '0.12.0', pinned: '2'.repeat(40), commit: null },
      ],
    });
  });

  it('says nothing of tags where only source distributions are listed, and compares those', () => {
    const [first] = pins;
    if (!first) throw new Error('no pin');
    const file = 'vllm-0.33.0.tar.gz';
    const sdist = { file, sha256: '3'.repeat(64), commit: null };
    const source = { ...first.release.source, kind: 'sdist' as const, commit: null, sdist };
    const archived = { name: '0.33.0', release: { ...first.release, version: '0.33.0', source } };
    const listed = (sha256: string | undefined) => [
      { version: '0.33.0', tag: 'v0.33.0', commit: null, sdist: { file, sha256 } },
    ];
    for (const same of [sdist.sha256, undefined]) {
      expect(checkReleases(listed(same), [...pins, archived]).moved).toEqual([]);
    }
    expect(checkReleases(listed('4'.repeat(64)), [...pins, archived]).moved).toMatchObject([
      { version: '0.33.0', pinned: sdist.sha256, commit: '4'.repeat(64) },
    ]);
  });

  it('refuses a policy that names no version', () => {
    expect(() => check([], { minimum: 'latest' })).toThrow('invalid version "latest"');
    expect(() => check([], { exclude: ['0.13.*'] })).toThrow('"0.13.*"');
  });
});
