import { describe, expect, it } from '@jest/globals';
import { aRelease } from '@vllm-cpu/testing/compile-fixture';
import { X86_64_BASELINE } from '@vllm-cpu/variant/features';
import { linkedOneDnn, oneDnnBuildNamed, oneDnnBuilds, pinnedOneDnn } from './onednn-build.ts';
import type { Release } from '../release.ts';

const ON = { ONEDNN_LIBRARY_TYPE: 'STATIC', ONEDNN_VERBOSE: 'ON' };
const QUIET = { ...ON, ONEDNN_VERBOSE: 'OFF' };
const AVX512 = { requires: [...X86_64_BASELINE, 'avx512f'] };
const AVX2 = { requires: [...X86_64_BASELINE] };

function pinned(version: string, source: Partial<Release['source']>) {
  return { name: version, release: { ...aRelease(source), version } };
}
const MODULES: NonNullable<Release['source']['modules']> = {
  'linux-x86_64': [
    { name: '_C_AVX2', flags: ['-mavx2'], definitions: [], pyLimitedApi: 'cp38', kernels: true },
  ],
  'linux-aarch64': [
    { name: '_C', flags: [], definitions: [], pyLimitedApi: 'cp38', kernels: true },
  ],
};

const v310 = { tag: 'v3.10', commit: null };
const old = pinned('0.16.0', { oneDnn: v310, oneDnnOptions: QUIET });
const middle = pinned('0.20.2', { oneDnn: v310, oneDnnOptions: ON, modules: MODULES });
const newest = pinned('0.33.0', {
  ...{ oneDnn: { tag: 'v3.13', commit: null }, cxxStandard: 20 },
  ...{ oneDnnOptions: ON, modules: MODULES },
});
const pins = [old, middle, newest];
const names = (releases = pins) => oneDnnBuilds(releases, 'linux-x86_64').map(({ name }) => name);

describe('the oneDNNs of the pins', () => {
  it('are one per tag, C++ standard and settings, whatever number of releases shares it', () => {
    const twin = pinned('0.32.0', { ...newest.release.source });
    expect(names([newest, twin])).toEqual(['v3.13-cxx20']);
  });

  it('have a plain name for the newest release’s settings, and another for older ones', () => {
    expect(names()).toEqual([
      'v3.10-cxx17',
      expect.stringMatching(/^v3\.10-cxx17-[0-9a-f]{8}$/),
      'v3.13-cxx20',
    ]);
    expect(linkedOneDnn({ ...middle, level: AVX512, platform: 'linux-x86_64' }, pins)?.name).toBe(
      'v3.10-cxx17',
    );
  });

  it('keep their names whatever order the pins come in', () => {
    expect(names([...pins].reverse())).toEqual(names());
  });

  it('are none on aarch64, where upstream builds it on top of the Arm Compute Library', () => {
    expect(oneDnnBuilds(pins, 'linux-aarch64')).toEqual([]);
  });

  it('are none for a pin that does not say how upstream sets it up', () => {
    expect(names([pinned('0.8.5', { oneDnn: v310 })])).toEqual([]);
  });

  it('that nobody has are refused with those that there are', () => {
    expect(() => oneDnnBuildNamed(oneDnnBuilds(pins, 'linux-x86_64'), 'v9')).toThrow(
      expect.objectContaining({
        code: 'ONEDNN_UNKNOWN',
        next: expect.stringContaining('v3.13-cxx20'),
      }),
    );
  });
});

describe('the pinned oneDNN', () => {
  const commit = '9'.repeat(40);
  const { source } = pinned('0.33.0', { oneDnn: v310, oneDnnAarch64: { commit } }).release;

  it('is on aarch64 the commit that upstream names there, where it names one', () => {
    expect(pinnedOneDnn(source, 'linux-aarch64')).toEqual({ tag: commit, commit });
    expect(pinnedOneDnn(source, 'linux-x86_64')).toEqual(v310);
    expect(pinnedOneDnn(old.release.source, 'linux-aarch64')).toEqual(v310);
  });
});

describe('the oneDNN that a level links', () => {
  const of = (pin: typeof old, level: typeof AVX2) =>
    linkedOneDnn({ ...pin, level, platform: 'linux-x86_64' }, pins)?.name;

  it('is none for AVX2 up to 0.16.0, and there for every level of a release with several modules', () => {
    expect(of(old, AVX2)).toBeUndefined();
    expect(of(old, AVX512)).toBeDefined();
    expect(of(newest, AVX2)).toBe('v3.13-cxx20');
  });
});
