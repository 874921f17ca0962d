import { join } from 'node:path';
import { sha256, sha256File, stableJson } from '../../system/digest.ts';
import { sourceClosure } from '../../system/source-closure.ts';
import { builtWheel } from '../built-wheel.ts';
import { importedPackages } from '../imported-packages.ts';
import { stageHasher } from '../stage-hasher.ts';
import { variantsOn } from '../subject.ts';
import { equivalenceOptions } from './options.ts';

const PROGRAM = [join(import.meta.dirname, 'compared-wheels.ts')];

/** The bytes of all wheels, what the pin records, and the comparison's source. */
export default stageHasher(equivalenceOptions, async (options, repository) => {
  const { release, platform, variants } = variantsOn(repository, options.release);
  const wheels = await Promise.all(
    variants.map(async ({ name, rank }) => ({
      name,
      rank,
      sha256: await sha256File(builtWheel(repository.root, name, options.release).path),
    })),
  );
  return sha256(
    stableJson({
      stage: 'equivalence',
      wheels,
      platform,
      version: release.version,
      equivalences: release.equivalences,
      program: sourceClosure(PROGRAM),
      packages: importedPackages(PROGRAM),
    }),
  );
});
