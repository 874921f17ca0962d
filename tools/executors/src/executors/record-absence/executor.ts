import { recordAbsence, removeAbsence } from '@vllm-cpu/pin/record-absence';
import { itemsOf } from '@vllm-cpu/system/list-items';
import { singleLevels } from '@vllm-cpu/variant/sums';
import { executor } from '../executor.ts';
import { platformOr, releasesDir } from '@vllm-cpu/commands/upstream-access';
import { recordAbsenceOptions } from './options.ts';

export default executor(recordAbsenceOptions, async (options, repository) => {
  const { release, variant, reason = '' } = options;
  const features = itemsOf(options.features);
  const place = {
    releasesDir: releasesDir(repository),
    release,
    variants: singleLevels(repository.variants),
    variant,
    platform: platformOr(options.platform),
    features,
  };
  const edit = options.remove
    ? await removeAbsence(place)
    : await recordAbsence({ ...place, reason });
  const verb = edit.changed ? 'now' : 'already';
  repository.report(
    `packages/upstream/releases/${release}.json ${verb} ${options.remove ? 'expects' : 'records the absence of'} ${features.join(', ')} in ${variant}; commit it.`,
  );
  return true;
});
