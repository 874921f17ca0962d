import { stageFolder } from '@vllm-cpu/commands/built-wheel';
import { readCompiledWheel } from '@vllm-cpu/commands/compiled-wheel';
import { compareFiles, describeComparison } from '@vllm-cpu/commands/compared-wheels';
import type { VariantWheel } from '@vllm-cpu/commands/compared-wheels';
import { equivalenceOptions } from '../equivalence/options.ts';
import { executor } from '../executor.ts';
import { variantsOn } from '@vllm-cpu/commands/subject';

/** Compares the variants' own compiles; the builds of recorded equivalents come from one compile. */
export default executor(equivalenceOptions.all, async (options, repository) => {
  const { release, platform, variants } = variantsOn(repository, options.release);
  const recorded = release.equivalences.filter((entry) => entry.platform === platform);
  if (recorded.length === 0) {
    repository.report(`${options.release} records no equivalence on ${platform}`);
    return true;
  }
  const concerned = variants.filter(({ name }) =>
    recorded.some((entry) => entry.variant === name || entry.to === name),
  );
  const target = `wheels:recheck-equivalence-${options.release}`;
  const wheels: VariantWheel[] = concerned.map(({ name, rank }) => ({
    variant: name,
    rank,
    path: readCompiledWheel(stageFolder(repository.root, name, options.release, 'compile'), target)
      .compiledWheel,
  }));
  const outcome = await compareFiles(wheels, release, platform, repository);
  repository.report(describeComparison(outcome));
  return outcome.status === 'passed';
});
