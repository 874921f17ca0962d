import { join } from 'node:path';
import { z } from 'zod';
import { compileEnvironment } from '@vllm-cpu/compile/environment';
import type { CmakeTools } from '@vllm-cpu/cmake/ask-cmake';
import type { UpstreamAccess } from '@vllm-cpu/pin/available-releases';
import { configuredIndex } from '@vllm-cpu/index/publish-tools';
import { RELEASES_FOLDER } from '@vllm-cpu/sources/catalogue';
import { gitWith } from '@vllm-cpu/sources/git';
import type { Git } from '@vllm-cpu/sources/git';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { hostPlatform, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Repository } from '@vllm-cpu/commands/repository';

export const platformOption = z
  .enum(PLATFORMS)
  .optional()
  .describe("platform that the record is about; the host's when left out");

export const jsonOption = z.boolean().optional().describe('print JSON instead of text');

/** A version. Nx makes a number of 0.12, and 0.1 of 0.10: that is refused. */
export function versionOption(description: string) {
  return z
    .union([z.string(), z.number()])
    .transform((given, context) => textOf(given, context))
    .optional()
    .describe(description);
}

/** A comma-separated list; repeating the option adds to it. */
export function listOption(description: string) {
  return z
    .union([z.string(), z.number(), z.array(z.string())])
    .transform((given, context) =>
      Array.isArray(given) ? given.join(',') : textOf(given, context),
    )
    .optional()
    .describe(description);
}

function textOf(given: string | number, context: z.RefinementCtx): string {
  if (typeof given === 'string') return given;
  const message = `Nx hands it over as the number ${given}: write versions with all their parts, such as 0.12.0`;
  context.addIssue(message);
  return z.NEVER;
}

export const dryRunOption = z
  .boolean()
  .optional()
  .describe('say what would be done, and change nothing');

export function platformOr(given: Platform | undefined): Platform {
  return given ?? hostPlatform() ?? PLATFORMS[0];
}

export function releasesDir(repository: Repository): string {
  return join(repository.root, RELEASES_FOLDER);
}

export function gitOf(repository: Repository): Git {
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
