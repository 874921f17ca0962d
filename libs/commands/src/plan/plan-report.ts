import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileKey } from '@vllm-cpu/compile/compile-key';
import type { CompileKey } from '@vllm-cpu/compile/compile-key';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { checkCompiler, compilerDemand } from '@vllm-cpu/compile/compiler-check';
import { compileEnvironment } from '@vllm-cpu/compile/environment';
import { estimate } from '@vllm-cpu/compile/estimate';
import type { Estimate } from '@vllm-cpu/compile/estimate';
import { buildsOneDnn, planCompile, projectOf, setupArgv } from '@vllm-cpu/compile/plan';
import { setupEnvironment } from '@vllm-cpu/compile/setup-environment';
import { missingTools } from '@vllm-cpu/compile/toolchain';
import { earlierManifest, MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isSum } from '@vllm-cpu/variant/sums';
import { compiledSubjects } from '../compiled-subject.ts';
import type { Repository } from '../repository.ts';
import { taskHash } from '../task-hash.ts';
import { changedInputs } from './changed-inputs.ts';

/** What a build would do; also the shape of `--json`. */
export interface PlanReport {
  variant: string;
  distribution: string;
  release: string;
  version: string;
  platform: string;
  /** Whose compile this variant is built from: its own, an equivalent one's, or that of one of its levels. */
  compiledBy: string;
  /** Whether it is made of several compiles, of which this is one. */
  sum: boolean;
  action: 'compile' | 'replay from the local cache' | 'cannot run';
  /** Why it is not replayed, in words. */
  why: string;
  key: string | null;
  inputs: Readonly<Record<string, unknown>>;
  commands: string[][];
  environment: Readonly<Record<string, string>>;
  estimate: Estimate | null;
  /** Name of the oneDNN that a task of its own builds for it; null where there is none. */
  oneDnn: string | null;
  jobs: number | null;
  /** Git URL or folder that a compile would fetch; null where it fetches nothing. */
  sources: string | null;
  output: string | null;
  missingTools: string[];
}

/** Computes the plan without writing anything: one for each compile that the wheel is made from. */
export async function planReports(
  own: CompileSubject,
  repository: Repository,
  options: { maxJobs?: number | undefined },
): Promise<PlanReport[]> {
  const reports: PlanReport[] = [];
  for (const subject of compiledSubjects(own, repository)) {
    reports.push(await planReport(own, subject, repository, options));
  }
  return reports;
}

async function planReport(
  own: CompileSubject,
  subject: CompileSubject,
  repository: Repository,
  options: { maxJobs?: number | undefined },
): Promise<PlanReport> {
  const { settings, runner } = repository;
  const missing = missingTools(compileEnvironment(settings));
  const head = {
    variant: own.variant.name,
    distribution: own.variant.distribution,
    release: own.releaseName,
    version: own.release.version,
    platform: own.platform,
    compiledBy: subject.variant.name,
    sum: isSum(own.variant),
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
    oneDnn: subject.oneDnn?.name ?? null,
    jobs: plan.jobs,
    sources:
      cached || refusal || own.release.source.kind === 'embedded'
        ? null
        : withoutLogin(plan.upstream),
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

/** A login in the URL of a repository is for git, and not for whoever reads the plan. */
function withoutLogin(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]+@/, '$1****@');
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
  'variant' | 'distribution' | 'release' | 'version' | 'platform' | 'compiledBy' | 'sum'
> {
  return {
    action: 'cannot run',
    why: `not found on PATH: ${missing.join(', ')}`,
    key: null,
    inputs: {},
    commands: [],
    environment: {},
    estimate: null,
    oneDnn: null,
    jobs: null,
    sources: null,
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
  const changed = changedInputs(before, key.inputs);
  return changed.length > 0
    ? `changed since the last compile: ${changed.join(', ')}`
    : 'nothing changed, but the cache does not have it';
}
