import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import {
  embeddedFolders,
  loadReleases,
  loadVariants,
  RELEASES_FOLDER,
} from '@vllm-cpu/sources/catalogue';
import { loadEdits } from '@vllm-cpu/sources/edits';
import { loadRefusals, refusalOf } from '@vllm-cpu/sources/refusals';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';
import { allEquivalences } from './equivalences.ts';
import { formatPin, pinPath } from './pin-file.ts';
import { readPackaging } from './release/read-release.ts';
import { directoryFiles } from './release/release-files.ts';
import { byVersion } from './versions/version.ts';

// cmake is started some twenty times.
jest.setTimeout(120_000);

const root = join(import.meta.dirname, '../../..');
const variants = loadVariants(root);
const pins = loadReleases(root);

describe('the pins of this repository', () => {
  it('are as this program writes them', async () => {
    for (const { name, release } of pins) {
      const text = readFileSync(pinPath(join(root, RELEASES_FOLDER), name), 'utf8');
      expect(text).toBe(await formatPin(release));
    }
  });

  it('are refused by nothing, and only samples are embedded', () => {
    for (const { name, release } of pins) {
      expect(release.source.kind === 'embedded').toBe(name.startsWith('sample'));
      expect(refusalOf(release.version, loadRefusals(root))).toBeUndefined();
    }
  });

  it('name the lowest variant in each equivalence, for the variants that exist now', () => {
    for (const { release } of pins) {
      expect(release.equivalences).toEqual(
        allEquivalences(release, variants, release.equivalences, loadEdits(root)),
      );
    }
  });

  it('agree with the embedded upstream as it is now', async () => {
    const cmake = { runner: createRunner(), env: allowedEnv(process.env) };
    for (const { release } of pins.filter(({ name }) => name.startsWith('sample'))) {
      const folders = embeddedFolders(release.source).map((folder) => join(root, folder));
      const read = await readPackaging(directoryFiles(folders), { variants, cmake });
      const { oneDnnTag, ...facts } = read;
      expect(oneDnnTag).toBe(release.source.oneDnn?.tag ?? null);
      expect(release.source).toMatchObject(facts);
    }
  });

  it('have one active release, the newest', () => {
    const versions = pins.filter(({ name }) => !name.startsWith('sample'));
    const newest = versions
      .map(({ name }) => name)
      .sort(byVersion)
      .at(-1);
    expect(pins.filter(({ release }) => release.active).map(({ name }) => name)).toEqual([newest]);
  });
});
