import { executor } from '../executor.ts';
import { pinOptions } from './options.ts';
import { pin as pinSelected } from './pin.ts';

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
  for (const { name, change, pin, notes } of results) {
    const would = options.dryRun && change !== 'unchanged' ? ' (dry run: not written)' : '';
    report(`${name}: ${change}${would}, ${pin.source.commit?.slice(0, 12) ?? 'embedded'}`);
    notes.forEach((note) => report(`  ${note}`));
  }
  return true;
});
