import { suffixText, readSuffixes } from '@vllm-cpu/index/read-suffixes';
import { releaseNamed, variantNamed } from '@vllm-cpu/sources/catalogue';
import { publishTools, targetOf } from '@vllm-cpu/commands/publication';
import { executor } from '../executor.ts';
import { nextSuffixOptions } from './options.ts';

export default executor(nextSuffixOptions, async (options, repository) => {
  const { variants, releases, report } = repository;
  const own = variantNamed(variants, options.variant).distribution;
  const projects = options.all ? variants.map(({ distribution }) => distribution) : [own];
  const active = releases.filter(({ release }) => release.active).map(({ name }) => name);
  const pinned = releases.map((each) => each.release.version);
  for (const name of options.release ? [options.release] : active) {
    const release = releaseNamed(releases, name);
    const embedded = release.source.kind === 'embedded';
    const target = targetOf(options, repository, release.version, embedded);
    if (!options.json) report(`reading ${target.label} for ${own} ${release.version}`);
    const tools = await publishTools(options, repository);
    const found = await readSuffixes(target, release.version, projects, pinned, tools);
    report(options.json ? JSON.stringify(found) : `${own}: ${suffixText(found)}`);
  }
  return true;
});
