import { join } from 'node:path';
import type { CmakeTools } from '@vllm-cpu/cmake/ask-cmake';
import { compileEnvironment } from '@vllm-cpu/compile/environment';
import { configuredIndex } from '@vllm-cpu/index/publish-tools';
import type { UpstreamAccess } from '@vllm-cpu/pin/available-releases';
import { RELEASES_FOLDER } from '@vllm-cpu/sources/catalogue';
import { gitWith } from '@vllm-cpu/sources/git';
import type { Git } from '@vllm-cpu/sources/git';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { hostPlatform, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Repository } from './repository.ts';

export function platformOr(given: Platform | undefined): Platform {
  return given ?? hostPlatform() ?? PLATFORMS[0];
}

export function releasesDir(repository: Repository): string {
  return join(repository.root, RELEASES_FOLDER);
}

function gitOf(repository: Repository): Git {
  return gitWith(repository.runner, compileEnvironment(repository.settings));
}

/** Where upstream is read from: VLLM_CPU_UPSTREAM, the official repository, or pip's index. */
export function upstreamOf(repository: Repository): UpstreamAccess {
  const { settings, runner, report } = repository;
  return {
    git: gitOf(repository),
    sdists: {
      setting: settings.upstream,
      store: workspaceFolders(settings.workspace).sdists,
      openIndex: () => configuredIndex({ runner, env: settings.env, print: report }),
      report,
    },
  };
}

/** For running upstream's cmake. */
export function cmakeToolsOf({ runner, settings }: Repository): CmakeTools {
  return { runner, env: compileEnvironment(settings) };
}
