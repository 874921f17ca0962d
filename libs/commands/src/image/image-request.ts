import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { engineEnvironment, findEngine } from '@vllm-cpu/registry/engine';
import type { Engine, EngineName } from '@vllm-cpu/registry/engine';
import type { ImageRequest, ImageWheel } from '@vllm-cpu/image/image-plan';
import { askPip } from '@vllm-cpu/image/pip-configuration';
import type { PipConfiguration } from '@vllm-cpu/image/pip-configuration';
import { registriesOf } from '@vllm-cpu/registry/registries';
import { provenWheel } from '@vllm-cpu/wheel/proven-wheel';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { stageFolder } from '../built-wheel.ts';
import { anyPython, builtWheels } from '../publish/publication.ts';
import type { Repository } from '../repository.ts';
import { subjectOf } from '../subject.ts';
import { publishedWheel } from './published-wheel.ts';

export interface ImageOptions {
  variant: string;
  release: string;
  engine?: EngineName | undefined;
  baseImage?: string | undefined;
  /** `3.N` */
  python?: string | undefined;
  withInductor?: boolean | undefined;
  rebuild?: boolean | undefined;
  /** The index whose published wheel is taken; the wheel of this build when left out. */
  from?: string | undefined;
  suffix?: string | undefined;
  allowInsecure?: boolean | undefined;
  json?: boolean | undefined;
}

export const IMAGES_FOLDER = 'packages/images';

/** Resolves options and settings once; what is left out has its default here. */
export async function imageRequest(
  options: ImageOptions,
  repository: Repository,
): Promise<ImageRequest> {
  const { root, settings } = repository;
  const { env } = settings;
  const subject = subjectOf(repository, options);
  const name = `image-${options.variant}-${options.release}`;
  const folders = workspaceFolders(settings.workspace);
  return {
    subject,
    ...(await imageWheel(subject, options, repository)),
    detector: detectorWheel(root),
    engine: await chosenEngine(options.engine, repository),
    python: options.python,
    baseImage: options.baseImage ?? setting(env['VLLM_CPU_BASE_IMAGE']),
    withInductor: options.withInductor ?? false,
    rebuild: options.rebuild ?? false,
    advised: registriesOf(env['VLLM_CPU_REGISTRIES'])[0]?.name ?? '',
    torchIndex: setting(env['VLLM_CPU_TORCH_INDEX']),
    pip: await pipConfiguration(repository),
    engineWords: engineWords(env),
    runtime: join(root, IMAGES_FOLDER, 'runtime'),
    output: stageFolder(root, options.variant, options.release, 'image'),
    scratch: join(folders.tasks, name),
    log: join(folders.logs, `${name}.log`),
  };
}

/**
 * The engine that an option names, else the one of VLLM_CPU_ENGINE, else the first that works.
 * @throws VllmCpuError ENGINE_UNKNOWN, ENGINE_NOT_USABLE, ENGINE_NOT_FOUND
 */
export function chosenEngine(
  name: EngineName | undefined,
  { runner, settings: { env } }: Repository,
): Promise<Engine> {
  return findEngine(name ?? setting(env['VLLM_CPU_ENGINE']), runner, engineEnvironment(env));
}

/** An empty variable is one that is not set. */
function setting(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}

/** VLLM_CPU_ENGINE_ARGS: further words of every build. */
export function engineWords(env: Readonly<Record<string, string | undefined>>): string[] {
  return (env['VLLM_CPU_ENGINE_ARGS'] ?? '').split(/\s+/).filter(Boolean);
}

async function imageWheel(
  subject: CompileSubject,
  options: ImageOptions,
  repository: Repository,
): Promise<ImageWheel> {
  const revision = subject.release.source.commit;
  if (options.from) {
    const found = await publishedWheel(subject, { ...options, from: options.from }, repository);
    return { ...found, revision };
  }
  const found = await builtWheels(repository, [options.variant], options.release);
  return { wheel: provenWheel(found), from: 'verified here', revision };
}

/** @throws VllmCpuError DETECTOR_NOT_BUILT */
function detectorWheel(root: string): string {
  const folder = join(root, 'dist/cpu-detect');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const wheels = names.filter((name) => name.endsWith('.whl'));
  if (wheels.length === 1 && wheels[0]) return join(folder, wheels[0]);
  throw new VllmCpuError({
    code: 'DETECTOR_NOT_BUILT',
    what: `expected one wheel in dist/cpu-detect, found ${wheels.length}`,
    why: 'Every image contains the detector; its entrypoint uses it.',
    next: 'Build it: npx nx run cpu-detect:build',
  });
}

/** How this machine's pip reaches its index; without any pip the base image's defaults count. */
export async function pipConfiguration(
  repository: Repository,
): Promise<PipConfiguration | undefined> {
  const python = await anyPython(repository).catch(() => undefined);
  const env = installerEnvironment(repository.settings);
  return python === undefined ? undefined : askPip(repository.runner, python, env);
}
