import { satisfies } from '@renovatebot/pep440';
import { compileEnvironment, installerEnvironment } from '@vllm-cpu/compile/environment';
import { findInterpreter } from '@vllm-cpu/python/interpreter';
import type { Resolver } from '@vllm-cpu/pin/resolve-lock';
import { ensureUv, TOOL_PYTHONS } from '@vllm-cpu/python/tool-locks';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { makeFolder } from '@vllm-cpu/system/writable-folder';
import type { Repository } from './repository.ts';
import { platformOr } from './upstream-access.ts';

/** uv of this machine, else the locked one, to resolve locks with. */
export async function resolverOf(repository: Repository): Promise<Resolver> {
  const { root, runner, settings, report } = repository;
  const { tools, locks } = workspaceFolders(settings.workspace);
  const fits = (version: string): boolean => satisfies(version, TOOL_PYTHONS);
  const python = await findInterpreter(runner, compileEnvironment(settings), fits, TOOL_PYTHONS);
  const env = installerEnvironment(settings);
  const platform = platformOr(undefined);
  await makeFolder(tools);
  const uv = await ensureUv(runner, { root, platform, python, tools, locks, env, report });
  return { runner, uv, env, scratch: tools };
}
