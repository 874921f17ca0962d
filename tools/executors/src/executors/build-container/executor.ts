import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildInContainer, containerArgv } from '@vllm-cpu/image/build-in-container';
import type { ContainerRequest } from '@vllm-cpu/image/build-in-container';
import {
  containerPlatform,
  manylinuxImage,
  platformOfContainer,
  refuseForeign,
} from '@vllm-cpu/image/container-build';
import { engineEnvironment } from '@vllm-cpu/registry/engine';
import { releaseNamed, variantNamed } from '@vllm-cpu/sources/catalogue';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { isGitUrl } from '@vllm-cpu/system/settings';
import type { Settings } from '@vllm-cpu/system/settings';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { quoteArgv } from '@vllm-cpu/system/quote';
import { allowedEnv } from '@vllm-cpu/system/run';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { stageFolder } from '@vllm-cpu/commands/built-wheel';
import {
  chosenEngine,
  engineWords,
  IMAGES_FOLDER,
  pipConfiguration,
} from '@vllm-cpu/commands/image-request';
import { executor } from '../executor.ts';
import type { Repository } from '@vllm-cpu/commands/repository';
import { buildContainerOptions } from './options.ts';
import type { BuildContainerOptions } from './options.ts';

export default executor(buildContainerOptions, async (options, repository) => {
  const request = await containerRequest(options, repository);
  const { runner, report, settings } = repository;
  if (options.dryRun) {
    report(`dry run: ${quoteArgv(containerArgv(request, request.scratch))}`);
    return true;
  }
  const env = engineEnvironment(settings.env);
  const wheel = await buildInContainer(request, { runner, env, print: report });
  report(`made ${wheel.path} (sha256 ${wheel.sha256})`);
  report(`verify it: npx nx run wheels:verify --wheels=${wheel.path}`);
  return true;
});

async function containerRequest(
  options: BuildContainerOptions,
  repository: Repository,
): Promise<ContainerRequest> {
  const { root, settings } = repository;
  const host = hostPlatform();
  const platform = options.platform ?? containerPlatform(host ?? 'linux-x86_64');
  requireVariantOn(options, repository);
  refuseForeign(platform, host, options.force ?? false);
  const name = `container-${platform.replace('/', '-')}`;
  const task = `${name}-${options.variant}-${options.release}`;
  const folders = workspaceFolders(settings.workspace);
  const { env } = settings;
  return {
    root,
    engine: await chosenEngine(options.engine, repository),
    variant: options.variant,
    releaseName: options.release,
    platform,
    native: host !== undefined && containerPlatform(host) === platform,
    baseImage:
      options.baseImage ??
      (env['VLLM_CPU_BUILD_IMAGE']?.trim() || manylinuxImage(root, platformOfContainer(platform))),
    nodeImage: options.nodeImage ?? (env['VLLM_CPU_NODE_IMAGE']?.trim() || undefined),
    settings: {
      ...allowedEnv(env, ['VLLM_CPU_MAX_JOBS', 'VLLM_CPU_SUFFIX']),
      ...(options.force ? { VLLM_CPU_ALLOW_EMULATION: '1' } : {}),
    },
    sources: sourcesInside(settings),
    pip: await pipConfiguration(repository),
    npmrc: npmrcOf(env),
    engineWords: engineWords(env),
    images: join(root, IMAGES_FOLDER),
    output: stageFolder(root, options.variant, options.release, name),
    scratch: join(folders.tasks, task),
    log: join(folders.logs, `${task}.log`),
  };
}

/** @throws VllmCpuError VARIANT_UNKNOWN, RELEASE_UNKNOWN, PLATFORM_NOT_BUILT */
function requireVariantOn(options: BuildContainerOptions, repository: Repository): void {
  const variant = variantNamed(repository.variants, options.variant);
  releaseNamed(repository.releases, options.release);
  const platform = options.platform ? platformOfContainer(options.platform) : hostPlatform();
  if (platform && levelOf(variant, platform)) return;
  throw new VllmCpuError({
    code: 'PLATFORM_NOT_BUILT',
    what: `${variant.distribution} is not available for ${options.platform ?? 'this system'}`,
    why: `Platforms in its variant.json: ${Object.keys(variant.platforms).join(', ')}.`,
    next: 'Build it for one of these platforms.',
  });
}

/** What a container can reach too: addresses, not folders of this machine. */
function sourcesInside({ upstream, oneDnn }: Settings): Record<string, string> {
  return {
    ...(upstream && isGitUrl(upstream) ? { VLLM_CPU_UPSTREAM: upstream } : {}),
    ...(oneDnn && isGitUrl(oneDnn) ? { VLLM_CPU_ONEDNN: oneDnn } : {}),
  };
}

function npmrcOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const file = env['NPM_CONFIG_USERCONFIG'] ?? join(env['HOME'] ?? '/nonexistent', '.npmrc');
  return existsSync(file) ? file : undefined;
}
