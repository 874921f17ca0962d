import { executor } from '../executor.ts';
import { handedInPlace, NO_WHEELS_HANDED_IN } from '../handed-in-place.ts';
import { releasePageOptions } from './options.ts';
import { releasePages } from '@vllm-cpu/commands/release-pages';

export default executor(releasePageOptions, async (options, repository, context) => {
  const place = handedInPlace(options.wheels, context);
  if (!place || options.skipGithub) {
    repository.report(place ? 'no GitHub release: --skip-github' : NO_WHEELS_HANDED_IN);
    return true;
  }
  const report = options.json ? () => undefined : repository.report;
  const results = await releasePages(place, options, { ...repository, report });
  if (options.json) repository.report(JSON.stringify(results));
  return true;
});
