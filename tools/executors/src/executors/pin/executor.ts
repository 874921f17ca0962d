import { describeChange } from '@vllm-cpu/pin/build-lock-writer';
import type { ReleaseSource } from '@vllm-cpu/sources/release';
import { executor } from '../executor.ts';
import { pinOptions } from './options.ts';
import { pin as pinSelected } from '@vllm-cpu/commands/pin';

export default executor(pinOptions, async (options, repository) => {
  const { report } = repository;
  const results = await pinSelected(options, repository);
  if (results.length === 0 && !options.json) {
    report('Nothing is new: every release that is wanted is pinned.');
    return true;
  }
  if (options.json) {
    report(JSON.stringify(results));
    return true;
  }
  for (const { name, change, pin, locked, notes } of results) {
    const would = options.dryRun && change !== 'unchanged' ? ' (dry run: not written)' : '';
    report(`${name}: ${change}${would}, ${identity(pin.source)}`);
    locked.forEach((each) => report(`  locked ${describeChange(each)}`));
    notes.forEach((note) => report(`  ${note}`));
  }
  return true;
});

/** What a reader can compare: the commit, or the archive's digest. */
function identity({ commit, sdist }: ReleaseSource): string {
  if (sdist) return `${sdist.file} sha256 ${sdist.sha256.slice(0, 12)}`;
  return commit?.slice(0, 12) ?? 'embedded';
}
