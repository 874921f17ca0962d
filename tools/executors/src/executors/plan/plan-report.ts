import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileKey } from '../../compile/compile-key.ts';
import type { CompileKey } from '../../compile/compile-key.ts';
import type { CompileSubject } from '../../sources/compile-subject.ts';
import { checkCompiler, compilerDemand } from '../../compile/compiler-check.ts';
import { compileEnvironment } from '../../compile/environment.ts';
import { estimate } from '../../compile/estimate.ts';
import type { Estimate } from '../../compile/estimate.ts';
import { buildsOneDnn, planCompile, projectOf, setupArgv } from '../../compile/plan.ts';
import { setupEnvironment } from '../../compile/setup-environment.ts';
import { missingTools } from '../../compile/toolchain.ts';
import { earlierManifest, MANIFEST_FILE } from '../../sources/compile-manifest.ts';
import { stableJson } from '../../system/digest.ts';
import { VllmCpuError } from '../../system/errors.ts';
import { compiledSubject } from '../compiled-subject.ts';
import type { Repository } from '../repository.ts';
import { taskHash } from '../task-hash.ts';

/** What a build would do; also the shape of `--json`. */
export interface PlanReport {
  variant: string;
  distribution: string;
  release: string;
  version: string;
  platform: string;
  /** Whose compile this variant is built from. */
  compiledBy: string;
  action: 'compile' | 'replay from the local cache' | 'cannot run';
  /** Why it is not replayed, in words. */
  why: string;
  key: string | null;
  inputs: Readonly<Record<string, unknown>>;
  commands: string[][];
  environment: Readonly<Record<string, string>>;
  estimate: Estimate | null;
  jobs: number | null;
  output: string | null;
  missingTools: string[];
}

/** Computes the plan without writing anything. */
export async function planReport(
  own: CompileSubject,
  repository: Repository,
  options: { maxJobs?: number | undefined },
): Promise<PlanReport> {
  const subject = compiledSubject(own, repository);
  const { settings, runner } = repository;
  const missing = missingTools(compileEnvironment(settings));
  const head = {
    variant: own.variant.name,
    distribution: own.variant.distribution,
    release: own.releaseName,
    version: own.release.version,
    platform: own.platform,
    compiledBy: subject.variant.name,
  };
  if (missing.length > 0) return { ...head, ...cannotRun(missing) };
  const key = await compileKey(subject, settings, runner);
  const plan = planCompile(subject, settings, key, options);
  const project = projectOf(subject.variant.name);
  const cached = isCached(repository, taskHash(project, key.value));
  const refusal = cached ? undefined : await compilerRefusal(subject, repository);
  return {
    ...head,
    action: cached ? 'replay from the local cache' : refusal ? 'cannot run' : 'compile',
    why: cached ? 'a compile with this key is in the cache' : (refusal ?? whyNot(plan.output, key)),
    key: key.value,
    inputs: key.inputs,
    commands: [
      setupArgv('<build environment>/bin/python', own.release.source.pyLimitedApi, 'wheel'),
    ],
    environment: withoutLogins(
      setupEnvironment(plan, {
        programs: '<build environment>/bin',
        oneDnn: buildsOneDnn(subject)
          ? { directory: '<oneDNN source>', repository: '<oneDNN repository>' }
          : undefined,
      }),
    ),
    estimate: cached || refusal ? null : await estimate(plan),
    jobs: plan.jobs,
    output: plan.output,
    missingTools: [],
  };
}

/** Why compile would refuse the compilers of this machine, in words; undefined where it would not. */
async function compilerRefusal(
  subject: CompileSubject,
  { settings, runner }: Repository,
): Promise<string | undefined> {
  try {
    await checkCompiler(runner, compileEnvironment(settings), compilerDemand(subject));
    return undefined;
  } catch (error) {
    if (error instanceof VllmCpuError) return `${error.what}. ${error.next}`;
    throw error;
  }
}

/** A proxy's login is for the build, and not for whoever reads the plan. */
function withoutLogins(environment: Readonly<Record<string, string>>): Record<string, string> {
  const shown = ([name, value]: [string, string]): [string, string] =>
    /_proxy$/i.test(name) ? [name, value.replace(/^(\w+:\/\/)?[^/]+@/, '$1****@')] : [name, value];
  return Object.fromEntries(Object.entries(environment).map(shown));
}

function cannotRun(
  missing: string[],
): Omit<
  PlanReport,
  'variant' | 'distribution' | 'release' | 'version' | 'platform' | 'compiledBy'
> {
  return {
    action: 'cannot run',
    why: `not found on PATH: ${missing.join(', ')}`,
    key: null,
    inputs: {},
    commands: [],
    environment: {},
    estimate: null,
    jobs: null,
    output: null,
    missingTools: missing,
  };
}

/** Nx keeps each cached task in a folder that is called after its hash. */
function isCached(repository: Repository, hash: string): boolean {
  const directory =
    repository.settings.env['NX_CACHE_DIRECTORY'] ?? join(repository.root, '.nx', 'cache');
  return existsSync(join(directory, hash));
}

/** Which inputs differ from those of the last compile in `output`, in words. */
export function whyNot(output: string, key: Pick<CompileKey, 'inputs'>): string {
  if (!existsSync(join(output, MANIFEST_FILE))) return 'it was never compiled here';
  const before = earlierManifest(output)?.inputs;
  if (!before) return 'the last manifest cannot be read';
  const changed = Object.keys(key.inputs).filter(
    (name) => stableJson(before[name]) !== stableJson(key.inputs[name]),
  );
  return changed.length > 0
    ? `changed since the last compile: ${changed.join(', ')}`
    : 'nothing changed, but the cache does not have it';
}
