import { isAbsolute, join } from 'node:path';
import { executor } from '../executor.ts';
import { variantsOn } from '@vllm-cpu/commands/subject';
import { collect } from '@vllm-cpu/commands/collect';
import { collectOptions } from './options.ts';

export default executor(collectOptions, async (options, repository) => {
  const { variants, release } = variantsOn(repository, options.release);
  const to = options.to ?? join('dist', `vllm-${release.version}`);
  const gathered = await collect({
    root: repository.root,
    variants: variants.map(({ name }) => name),
    releaseName: options.release,
    to: isAbsolute(to) ? to : join(repository.root, to),
    verified: options.verified ?? true,
  });
  gathered.forEach(({ file, sha256 }) => repository.report(`${sha256}  ${file}`));
  repository.report(`${gathered.length} wheels in ${to}`);
  return true;
});
