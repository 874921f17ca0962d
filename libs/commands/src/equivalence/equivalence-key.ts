import { join } from 'node:path';
import { sha256, sha256File, stableJson } from '@vllm-cpu/system/digest';
import { builtWheel } from '../built-wheel.ts';
import { stageProgram } from '../key-parts.ts';
import type { Repository } from '../repository.ts';
import { variantsOn } from '../subject.ts';

/** The key of a comparison: the bytes of all wheels, what the pin records, and the comparison's source. */
export async function equivalenceKey(releaseName: string, repository: Repository): Promise<string> {
  const { release, platform, variants } = variantsOn(repository, releaseName);
  const wheels = await Promise.all(
    variants.map(async ({ name, rank }) => ({
      name,
      rank,
      sha256: await sha256File(builtWheel(repository.root, name, releaseName).path),
    })),
  );
  return sha256(
    stableJson({
      stage: 'equivalence',
      wheels,
      platform,
      version: release.version,
      equivalences: release.equivalences,
      program: stageProgram(join(import.meta.dirname, 'compared-wheels.ts')),
    }),
  );
}
