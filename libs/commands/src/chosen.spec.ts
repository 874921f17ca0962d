import { describe, expect, it } from '@jest/globals';
import { aRelease, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { chosenPlatforms, chosenReleases, chosenVariants } from './chosen.ts';

const RELEASES = [{ name: '0.12.0', release: aRelease() }];
const CHOICES = {
  releases: (list?: string) => chosenReleases(list, RELEASES).length,
  variants: (list?: string) => chosenVariants(list, [aVariant()]).length,
  platforms: (list?: string) => chosenPlatforms(list).length,
};

describe.each(Object.entries(CHOICES))('choosing %s', (kind, choose) => {
  it('takes all where nothing is said', () => {
    expect(choose()).toBeGreaterThan(0);
  });

  // A workflow whose input is a blank would end well, and have built nothing.
  it.each(['', ' ', ' , '])('refuses %j, which names none', (list) => {
    expect(() => choose(list)).toThrow(
      expect.objectContaining({ code: 'LIST_EMPTY', what: `"${list}" names no ${kind}` }),
    );
  });
});
