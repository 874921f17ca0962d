import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lockedOn, unmetBy } from '@vllm-cpu/python/lock-file';
import { pythonsIn } from '@vllm-cpu/python/python-versions';
import { requirementsOn } from '@vllm-cpu/python/requirements-file';
import { readBuildLock } from '@vllm-cpu/sources/build-lock';
import { embeddedFolders, loadReleases } from '@vllm-cpu/sources/catalogue';
import { PLATFORMS } from '@vllm-cpu/variant/features';

const root = join(import.meta.dirname, '../../..');
const pins = loadReleases(root);
/** What every release of upstream asks for. */
const TOOLS = 'cmake>=3.26\nninja\npackaging\nsetuptools>=61\nsetuptools-scm>=8\nwheel\n';

describe('the locks of this repository', () => {
  it.each(pins)('has $name on both platforms and each Python of it', async ({ name, release }) => {
    const { source, environment } = release;
    const lock = (await readBuildLock(root, name)) ?? [];
    expect(environment?.excludeNewer).toMatch(/^20\d\d-\d\d-\d\dT00:00:00Z$/);
    const files = source.kind === 'embedded' ? embeddedFolders(source) : [];
    const texts = files
      .map((folder) => join(root, folder, source.buildRequirements))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8'));
    for (const platform of PLATFORMS) {
      for (const minor of pythonsIn(source.requiresPython)) {
        const python = `${minor}.0`;
        const packages = lockedOn(lock, platform, python);
        for (const text of [TOOLS, ...texts]) {
          expect(unmetBy(packages, requirementsOn(text, platform, python))).toEqual([]);
        }
        expect(new Set(packages.map((each) => each.name)).size).toBe(packages.length);
      }
    }
  });
});
