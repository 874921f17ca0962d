import { expectFrom } from '@vllm-cpu/publish/expected-release';
import { preflightJson, preflightText, requireGo } from '@vllm-cpu/publish/preflight-table';
import { runPreflight } from '@vllm-cpu/publish/preflight';
import { builtWheel } from '@vllm-cpu/commands/built-wheel';
import { builtWheels, grantedLimits, publishTools, targetOf } from '@vllm-cpu/commands/publication';
import { executor } from '../executor.ts';
import { variantsOn } from '@vllm-cpu/commands/subject';
import { preflightOptions } from './options.ts';

export default executor(preflightOptions, async (options, repository) => {
  const { release, variants } = variantsOn(repository, options.release);
  const names = variants.map(({ name }) => name);
  const [first = ''] = names;
  const { version } = builtWheel(repository.root, first, options.release).manifest;
  const target = targetOf(options, repository, version, release.source.kind === 'embedded');
  if (!options.json) repository.report(`reading ${target.label} for ${version}`);
  const found = await builtWheels(repository, names, options.release);
  const preflight = await runPreflight(
    {
      target,
      ...found,
      expect: expectFrom(repository.releases),
      limits: grantedLimits(options),
      dryRun: options.dryRun,
    },
    await publishTools(options, repository),
  );
  repository.report(
    options.json ? JSON.stringify(preflightJson(preflight)) : preflightText(preflight),
  );
  requireGo(preflight);
  return true;
});
