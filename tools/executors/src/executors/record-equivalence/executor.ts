import { recordEquivalence, removeEquivalence } from '@vllm-cpu/pin/record-equivalence';
import { loadEdits } from '@vllm-cpu/sources/edits';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { executor } from '../executor.ts';
import { platformOr, releasesDir } from '@vllm-cpu/commands/upstream-access';
import { recordEquivalenceOptions } from './options.ts';

export default executor(recordEquivalenceOptions, async (options, repository) => {
  const { release, variant, to } = options;
  const place = {
    releasesDir: releasesDir(repository),
    release,
    variants: singleLevels(repository.variants),
    variant,
    platform: platformOr(options.platform),
    edits: loadEdits(repository.root),
  };
  const edit =
    to === undefined ? await removeEquivalence(place) : await recordEquivalence({ ...place, to });
  const fact = to === undefined ? `${variant} has its own compile` : `${variant} equals ${to}`;
  repository.report(
    `packages/upstream/releases/${release}.json ${edit.changed ? 'now says' : 'already said'} that ${fact}; commit it.`,
  );
  return true;
});
