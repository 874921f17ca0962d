import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '../sources/catalogue.ts';
import { checkReleases } from './check-releases.ts';
import type { WatchPolicy } from './check-releases.ts';
import { fixturePin } from './upstream-fixture.ts';

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

  it('passes over excluded, unified and candidate versions with the reason', () => {
    expect(check(['0.13.0', '0.14.0rc1', '0.17.0'], { exclude: ['v0.13'] })).toEqual({
      new: [],
      passedOver: [
        { version: '0.13.0', reason: 'excluded' },
        { version: '0.14.0rc1', reason: 'pre-release' },
        { version: '0.17.0', reason: 'unified' },
      ],
      moved: [],
      work: false,
    });
    expect(check(['0.14.0rc1', '0.17.0rc1'], { preReleases: true }).new).toEqual(['0.14.0rc1']);
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

  it('refuses a policy that names no version', () => {
    expect(() => check([], { minimum: 'latest' })).toThrow('"latest" is not a version');
    expect(() => check([], { exclude: ['0.13.*'] })).toThrow('"0.13.*"');
  });
});
