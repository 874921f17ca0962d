import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  loadReleases,
  loadVariants,
  RELEASES_FOLDER,
  SAMPLE_FOLDER,
} from '../sources/catalogue.ts';
import { allEquivalences } from './equivalences.ts';
import { formatPin, pinPath } from './pin-file.ts';
import { directoryFiles, readPackaging } from './read-release.ts';
import { isUnified } from './version.ts';

const root = join(import.meta.dirname, '../../../..');
const variants = loadVariants(root);
const pins = loadReleases(root);

describe('the pins of this repository', () => {
  it('are as this program writes them', () => {
    for (const { name, release } of pins) {
      const text = readFileSync(pinPath(join(root, RELEASES_FOLDER), name), 'utf8');
      expect(text).toBe(formatPin(release));
    }
  });

  it('are called by their version, are built per level, and none is the embedded one but sample', () => {
    for (const { name, release } of pins) {
      const { kind, tag, commit } = release.source;
      const expected = name.startsWith('sample')
        ? ['embedded', `v${release.version}`]
        : ['git', `v${name}`];
      expect([kind, tag]).toEqual(expected);
      expect(commit === null).toBe(kind === 'embedded');
      expect(isUnified(release.version)).toBe(false);
    }
  });

  it('name the lowest variant in each equivalence, for the variants that exist now', () => {
    for (const { release } of pins) {
      expect(release.equivalences).toEqual(
        allEquivalences(release.source.isaFlags, variants, release.equivalences),
      );
    }
  });

  it('agree with the embedded upstream as it is now', async () => {
    const { oneDnnTag, ...facts } = await readPackaging(directoryFiles(join(root, SAMPLE_FOLDER)));
    expect(oneDnnTag).toBeNull();
    expect(pins.find(({ name }) => name === 'sample')?.release.source).toMatchObject(facts);
  });
});
