import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { theOnlyWheel } from '@vllm-cpu/wheel/proven-wheel';
import { readPublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { replaceFolder, withScratchFolder } from '@vllm-cpu/system/replace-folder';
import { makeFolder, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { containerBuildArgv } from './container-build.ts';
import type { Argv } from '@vllm-cpu/registry/engine-argv';
import type { ContainerBuild } from './container-build.ts';
import { pipSecrets, writePipFiles } from '../pip-configuration.ts';
import type { PipConfiguration } from '../pip-configuration.ts';
import { copyRepository } from './repository-copy.ts';
import { runEngine } from '@vllm-cpu/registry/run-engine';
import type { EngineTools } from '@vllm-cpu/registry/run-engine';

export interface ContainerRequest extends Omit<ContainerBuild, 'secrets' | 'context' | 'wheels'> {
  /** Root of the repository. */
  root: string;
  pip: PipConfiguration | undefined;
  /** Addresses that sources come from, by the name of their setting; one may have a login in it. */
  sources: Readonly<Record<string, string>>;
  /** The user's .npmrc, where there is one. */
  npmrc: string | undefined;
  /** Folder that gets the wheel. */
  output: string;
  scratch: string;
  log: string;
}

/** Where the files of a container build are, below one folder. */
export function containerArgv(request: ContainerRequest, folder: string): Argv {
  return containerBuildArgv({
    ...request,
    context: join(folder, 'context'),
    wheels: join(folder, 'wheels'),
    secrets: {
      ...pipSecrets(request.pip, folder),
      ...(Object.keys(request.sources).length > 0 ? { sources: sourcesFile(folder) } : {}),
      ...(request.npmrc ? { npmrc: request.npmrc } : {}),
    },
  });
}

/** The `.env` of the build inside. */
function sourcesFile(folder: string): string {
  return join(folder, 'sources.env');
}

/**
 * Builds a wheel in a container, of a copy of this repository, and takes nothing but the wheel out of it.
 * @throws VllmCpuError IMAGE_COMMAND_FAILED, NO_SPACE_LEFT, WHEELS_NOT_FOUND, WHEELS_AMBIGUOUS
 */
export async function buildInContainer(
  request: ContainerRequest,
  tools: EngineTools,
): Promise<PublishableWheel> {
  await refuseUnwritable(request.output);
  await makeFolder(dirname(request.log));
  await rm(request.log, { force: true });
  return withScratchFolder(request.scratch, async (folder) => {
    await copyRepository(request.root, join(folder, 'context'), tools.runner, tools.env);
    await writePipFiles(request.pip, folder, join(folder, 'context/links'));
    const lines = Object.entries(request.sources).map(([name, value]) => `${name}='${value}'\n`);
    await writeFile(sourcesFile(folder), lines.join(''), { mode: 0o600 });
    tools.print(`building in ${request.platform} with ${request.engine.name}, log ${request.log}`);
    const logged = { ...tools, logFile: request.log };
    await runEngine(containerArgv(request, folder), logged, (line) => line.trim() !== '');
    const names = await readdir(join(folder, 'wheels'));
    const found = names.filter((name) => name.endsWith('.whl'));
    const wheels = await Promise.all(
      found.map((name) => readPublishableWheel(join(folder, 'wheels', name))),
    );
    const wheel = theOnlyWheel(wheels);
    await replaceFolder(request.output, (fresh) => rename(wheel.path, join(fresh, wheel.fileName)));
    return { ...wheel, path: join(request.output, wheel.fileName) };
  });
}
