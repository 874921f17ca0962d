import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import image from '../../tools/executors/src/executors/image/executor.ts';
import type { ImageRecord } from '../../tools/executors/src/image/image-record.ts';
import { findProgram } from '../../tools/executors/src/system/programs.ts';
import { runExecutor } from '../../tools/executors/src/testing/run-executor.ts';
import type { ExecutorRun } from '../../tools/executors/src/testing/run-executor.ts';
import { baseRootfs, importBase } from './base-image.ts';
import { clones } from './clone.ts';
import type { Clone } from './clone.ts';
import { tools } from './container.ts';
import type { Tools } from './container.ts';
import type { NxRun } from './nx.ts';
import { localRegistry } from './registry.ts';
import type { LocalRegistry } from './registry.ts';
import type { VariantName } from './results.ts';

/** What images are built and pushed with in tests. */
export const PROGRAMS = ['buildah', 'skopeo', 'docker-registry', 'debootstrap', 'apt-get'];

export const imagesAvailable =
  process.getuid?.() === 0 &&
  process.arch === 'x64' &&
  PROGRAMS.every((name) => findProgram(name, process.env['PATH']));

const BASE = 'localhost/vllm-cpu-test-base:1';

/** A clone of the repository that builds images with buildah in a storage of its own. */
export interface ImageSetup {
  clone: Clone;
  engine: Tools;
  /** An empty folder that is gone afterwards. */
  folder: (name: string) => Promise<string>;
  /** Another storage, as of another machine. */
  storage: (name: string) => Promise<Tools>;
  registry: (name: string) => Promise<LocalRegistry>;
  nx: (words: readonly string[], env?: Record<string, string>) => Promise<NxRun>;
  /** The image executor in this process, without what Nx would run before it. */
  buildImage: (
    variant: VariantName,
    env?: Record<string, string>,
    root?: string,
  ) => Promise<ExecutorRun>;
  recordOf: (variant: VariantName) => ImageRecord;
  packed: (variant: VariantName) => string;
  tagsOf: (repository: string) => Promise<string[]>;
  digestAt: (reference: string) => Promise<string>;
  remove: () => Promise<void>;
}

export async function imageSetup(): Promise<ImageSetup> {
  const made = clones();
  const clone = await made.make();
  const storages: Tools[] = [];
  const registries: LocalRegistry[] = [];
  const storage = async (name: string): Promise<Tools> => {
    const folder = await made.folder(name);
    const file = join(folder, 'storage.conf');
    const paths = [`graphroot = "${folder}/graph"`, `runroot = "${folder}/run"`];
    writeFileSync(file, ['[storage]', 'driver = "overlay"', ...paths, ''].join('\n'));
    const opened = tools(file);
    storages.push(opened);
    return opened;
  };
  const engine = await storage('engine');
  await importBase(await baseRootfs(), BASE, engine.storageConf);
  const env = {
    CONTAINERS_STORAGE_CONF: engine.storageConf,
    BUILDAH_ISOLATION: 'chroot',
    VLLM_CPU_ENGINE: 'buildah',
    VLLM_CPU_BASE_IMAGE: BASE,
    VLLM_CPU_REGISTRIES: '',
  };
  const result = (variant: VariantName, name: string) =>
    join(clone.root, `dist/variant-${variant}/sample/image`, name);
  return {
    clone,
    engine,
    folder: made.folder,
    storage,
    registry: async (name) => {
      const registry = await localRegistry(await made.folder(name));
      registries.push(registry);
      return registry;
    },
    nx: (words, more = {}) => clone.nx(words, { ...env, ...more }),
    buildImage: (variant, more = {}, root = clone.root) =>
      runExecutor(
        image,
        { variant, release: 'sample' },
        { root, taskGraph: undefined as never },
        { ...env, VLLM_CPU_WORKSPACE: join(clone.root, '.workspace'), ...more },
      ),
    recordOf: (variant) =>
      JSON.parse(readFileSync(result(variant, 'image.json'), 'utf8')) as ImageRecord,
    packed: (variant) => result(variant, 'packed'),
    tagsOf: async (repository) => {
      const words = ['list-tags', '--tls-verify=false', `docker://${repository}`];
      const { exitCode, stdout } = await engine.try('skopeo', ...words);
      return exitCode === 0 ? (JSON.parse(stdout) as { Tags: string[] }).Tags.sort() : [];
    },
    digestAt: async (reference) => {
      const words = ['--tls-verify=false', '--no-tags', '--format={{.Digest}}'];
      return (await engine.run('skopeo', 'inspect', ...words, `docker://${reference}`)).trim();
    },
    remove: async () => {
      await Promise.all(registries.map((each) => each.stop()));
      for (const each of storages) await each.clear();
      await made.remove();
    },
  };
}
