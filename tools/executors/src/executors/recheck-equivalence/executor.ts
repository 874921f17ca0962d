import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VllmCpuError } from '../../system/errors.ts';
import { parseJson } from '../../system/parse-json.ts';
import { compileManifestSchema, MANIFEST_FILE } from '../../sources/compile-manifest.ts';
import { stageFolder } from '../built-wheel.ts';
import { compareFiles, describeComparison } from '../equivalence/compared-wheels.ts';
import type { VariantWheel } from '../equivalence/compared-wheels.ts';
import { equivalenceOptions } from '../equivalence/options.ts';
import { executor } from '../executor.ts';
import { variantsOn } from '../subject.ts';

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
      what: `${folder} has no compiled wheel`,
      next: `Run it through Nx, which compiles first: npx nx run wheels:recheck-equivalence-${releaseName}`,
    });
  }
  const manifest = parseJson(readFileSync(file, 'utf8'), compileManifestSchema, file);
  return join(folder, manifest.wheel.file);
}
