import { join } from 'node:path';
import { projectOf } from '@vllm-cpu/compile/plan';
import { executor } from '../executor.ts';
import type { Repository } from '@vllm-cpu/commands/repository';
import { variantsOn } from '@vllm-cpu/commands/subject';
import { isSum } from '@vllm-cpu/variant/sums';
import { chosenItems } from '@vllm-cpu/commands/chosen';
import { ensure } from '@vllm-cpu/commands/ensure';
import { ensureOptions } from './options.ts';
import { withoutTagPrefix } from '@vllm-cpu/commands/release-option';

export default executor(ensureOptions, async (options, repository) => {
  let ok = true;
  // With --json the only output is JSON, one line for each release.
  const report = options.json ? () => undefined : repository.report;
  for (const name of chosenItems(options.releases, 'releases')?.map(withoutTagPrefix) ?? []) {
    const { variants } = variantsOn(repository, name);
    const record = await ensure({
      root: repository.root,
      releaseName: name,
      variants: variants.filter((variant) => !isSum(variant)).map(({ name: single }) => single),
      sums: variants.filter(isSum).map(({ name: sum }) => sum),
      rebuilds: options.rebuilds ?? 2,
      report,
      verify: (chosen, attempt) =>
        runVerify({ ...repository, report }, name, chosen, attempt, options.strict ?? false),
    });
    if (options.json) repository.report(JSON.stringify(record));
    for (const [variant, { standing, attempts }] of Object.entries(record.variants)) {
      ok &&= standing !== null;
      if (options.json) continue;
      repository.report(
        standing === null
          ? `${variant}: failed in all ${attempts.length} attempts`
          : `${variant}: attempt ${standing} passed`,
      );
      attempts.forEach((each) =>
        each.findings.forEach((found) => repository.report(`  attempt ${each.attempt}: ${found}`)),
      );
    }
  }
  return ok;
});

/** A run of Nx of its own: the attempt is part of the environment, as it is of compile's key. */
async function runVerify(
  repository: Repository,
  release: string,
  variants: readonly string[],
  attempt: number | undefined,
  strict: boolean,
): Promise<void> {
  const { root, settings, runner, report } = repository;
  const env: Record<string, string> = {};
  if (attempt !== undefined) env['VLLM_CPU_ATTEMPT'] = String(attempt);
  for (const [name, value] of Object.entries(settings.env)) {
    // Nx marks its own children by these; the run below is not one of them, and looks itself whether
    // what it writes to has colours.
    if (name.startsWith('NX_TASK') || name === 'FORCE_COLOR') continue;
    if (value !== undefined && !(name in env)) env[name] = value;
  }
  await runner.try({
    argv: [
      process.execPath,
      join(root, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'),
      'run-many',
      '-t',
      `verify-${release}`,
      '-p',
      variants.map(projectOf).join(','),
      '--output-style=stream',
      ...(strict ? ['--strict'] : []),
    ],
    cwd: root,
    env,
    onLine: report,
  });
}
