import { join } from 'node:path';
import { findInterpreter } from '@vllm-cpu/python/interpreter';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import { defaultIndex } from '@vllm-cpu/index/default-index';
import { expectFrom } from '@vllm-cpu/publish/expected-release';
import { findWheels } from '@vllm-cpu/wheel/find-wheels';
import type { FoundWheels } from '@vllm-cpu/wheel/find-wheels';
import { defaultPypirc, resolveTarget } from '@vllm-cpu/index/resolve-target';
import type { IndexLimits } from '@vllm-cpu/index/index-limits';
import type { IndexTarget } from '@vllm-cpu/index/index-target';
import { preflightJson, preflightText } from '@vllm-cpu/publish/preflight-table';
import { createPublishTools } from '@vllm-cpu/index/publish-tools';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import { publishWheels } from '@vllm-cpu/publish/publish-wheels';
import type { PublishResult } from '@vllm-cpu/publish/publish-wheels';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { interruptible } from '@vllm-cpu/system/interruptible';
import { builtWheel, stageFolder } from '../built-wheel.ts';
import type { Repository } from '../repository.ts';

export interface PublicationOptions {
  /** As resolveTarget reads it; VLLM_CPU_INDEX or the default index when left out. */
  index?: string | undefined;
  allowInsecure?: boolean | undefined;
  /** URL of the index's simple API. */
  readUrl?: string | undefined;
  /** MiB of one file. */
  fileLimit?: number | undefined;
  /** MiB of a project. */
  projectLimit?: number | undefined;
  skipGithub?: boolean | undefined;
  dryRun?: boolean | undefined;
  json?: boolean | undefined;
}

/**
 * Where the wheels go: `--index`, else VLLM_CPU_INDEX, else what their version asks for.
 * @throws VllmCpuError SAMPLE_NOT_FOR_THIS_INDEX before that index is asked anything
 */
export function targetOf(
  options: Pick<PublicationOptions, 'index' | 'allowInsecure'>,
  repository: Repository,
  version: string,
  embedded: boolean,
): IndexTarget {
  const spec = options.index ?? (repository.settings.env['VLLM_CPU_INDEX'] || undefined);
  const target = resolveTarget(spec ?? defaultIndex(version, embedded), {
    root: repository.root,
    pypirc: defaultPypirc(repository.settings.env),
    allowInsecure: options.allowInsecure ?? false,
  });
  if (!embedded || target.isLocal) return target;
  throw new VllmCpuError({
    code: 'SAMPLE_NOT_FOR_THIS_INDEX',
    what: `refusing to publish the embedded sample to ${target.label}`,
    why: 'It is not vLLM, and nobody should install it by mistake.',
    next: 'Publish it to file:<directory> or to an index on this machine.',
  });
}

/** Real HTTP, processes and clock, with the machine's environment. */
export async function publishTools(
  options: Pick<PublicationOptions, 'allowInsecure' | 'json' | 'readUrl'>,
  repository: Repository,
  signal?: AbortSignal,
): Promise<PublishTools> {
  const { settings, runner, report } = repository;
  return createPublishTools({
    runner,
    env: settings.env,
    print: options.json ? () => undefined : report,
    python: await anyPython(repository),
    readUrl: options.readUrl ?? (settings.env['VLLM_CPU_INDEX_READ_URL'] || undefined),
    allowInsecure: options.allowInsecure ?? false,
    signal,
  });
}

/** VLLM_CPU_PYTHON, or the first on PATH. @throws VllmCpuError PYTHON_NOT_FOUND */
export async function anyPython({ settings, runner }: Repository): Promise<string> {
  if (settings.python) return settings.python;
  const env = installerEnvironment(settings);
  return (await findInterpreter(runner, env, () => true, 'any version')).path;
}

const MIB = 1024 * 1024;

/** What was granted beyond an index's usual limits, in bytes. */
export function grantedLimits(
  options: Pick<PublicationOptions, 'fileLimit' | 'projectLimit'>,
): Partial<IndexLimits> {
  return {
    ...(options.fileLimit ? { file: options.fileLimit * MIB } : {}),
    ...(options.projectLimit ? { project: options.projectLimit * MIB } : {}),
  };
}

/** The built wheels of some variants at a release, with their reports. */
export async function builtWheels(
  repository: Repository,
  variants: readonly string[],
  releaseName: string,
): Promise<FoundWheels> {
  const places = variants.flatMap((variant) => [
    builtWheel(repository.root, variant, releaseName).path,
    join(stageFolder(repository.root, variant, releaseName, 'verify'), 'report.json'),
  ]);
  return findWheels(places);
}

/** Preflight, upload and reading back of some wheels. */
export async function publishFound(
  found: FoundWheels,
  target: IndexTarget,
  options: PublicationOptions,
  repository: Repository,
): Promise<PublishResult> {
  const request = {
    target,
    ...found,
    expect: expectFrom(repository.releases),
    limits: grantedLimits(options),
    pages: {
      variants: repository.variants,
      indexUrl:
        options.readUrl ?? (repository.settings.env['VLLM_CPU_INDEX_READ_URL'] || undefined),
    },
  };
  if (!options.json) repository.report(`reading ${target.label}`);
  return interruptible(async (signal) =>
    publishWheels(request, await publishTools(options, repository, signal), {
      dryRun: options.dryRun ?? false,
      onPreflight: (preflight) => {
        if (!options.json) repository.report(preflightText(preflight));
        else if (!preflight.go) repository.report(JSON.stringify(preflightJson(preflight)));
      },
    }),
  );
}

/** The same; what was done is printed. */
export async function publication(
  found: FoundWheels,
  target: IndexTarget,
  options: PublicationOptions,
  repository: Repository,
): Promise<boolean> {
  const result = await publishFound(found, target, options, repository);
  if (options.json) repository.report(JSON.stringify(result));
  else {
    result.wouldUpload.forEach((file) => repository.report(`dry run: would upload ${file}`));
    result.uploaded.forEach((file) => repository.report(`uploaded ${file}`));
    result.alreadyThere.forEach((file) => repository.report(`there already: ${file}`));
    if (result.uploaded.length > 0) repository.report(`index: ${target.pipUrl(result.location)}`);
    if (!options.dryRun && target.frontPage) repository.report(`page: ${target.frontPage()}`);
  }
  return true;
}
