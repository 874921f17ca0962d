import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { compileManifestSchema, MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import { stageFolder } from '@vllm-cpu/commands/built-wheel';
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
  const wheels: VariantWheel[] = concerned.map(({ name, rank }) => ({
    variant: name,
    rank,
    path: compiledWheel(repository.root, name, options.release),
  }));
  const outcome = await compareFiles(wheels, release, platform, repository);
  repository.report(describeComparison(outcome));
  return outcome.status === 'passed';
});

function compiledWheel(root: string, variant: string, releaseName: string): string {
  const folder = stageFolder(root, variant, releaseName, 'compile');
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file)) {
    throw new VllmCpuError({
      code: 'COMPILE_MISSING',
      what: `no compiled wheel in ${folder}`,
      next: `Run it through Nx, which compiles first: npx nx run wheels:recheck-equivalence-${releaseName}`,
    });
  }
  const manifest = parseJson(readFileSync(file, 'utf8'), compileManifestSchema, file);
  return join(folder, manifest.wheel.file);
}
