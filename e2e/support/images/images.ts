import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import image from '../../../tools/executors/src/executors/image/executor.ts';
import type { ImageRecord } from '@vllm-cpu/image/image-record';
import { parseManifest } from '@vllm-cpu/registry/manifest-list';
import { findImages, pushableImages } from '@vllm-cpu/image/pushable-images';
import { pushImages } from '@vllm-cpu/image/push-images';
import type { RegistryResult } from '@vllm-cpu/image/push-images';
import { registriesOf } from '@vllm-cpu/registry/registries';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { sha256 } from '@vllm-cpu/system/digest';
import { findProgram } from '@vllm-cpu/system/programs';
import { createRunner } from '@vllm-cpu/system/run';
import { runExecutor } from '../../../tools/executors/src/testing/run-executor.ts';
import type { ExecutorRun } from '../../../tools/executors/src/testing/run-executor.ts';
import { baseRootfs, importBase } from './base-image.ts';
import { clones } from '../clone.ts';
import type { Clone } from '../clone.ts';
import { tools } from './container.ts';
import type { Tools } from './container.ts';
import type { NxRun } from '../nx.ts';
import { localRegistry } from './registry.ts';
import type { LocalRegistry } from './registry.ts';
import type { VariantName } from '../wheels/results.ts';

/** What images are built and pushed with in tests. */
export const PROGRAMS = ['buildah', 'skopeo', 'docker-registry', 'apt-get', 'dpkg-deb'];

/** Ubuntu 22.04 has a buildah and a skopeo that are too old. */
const knows = (argv: [string, ...string[]], option: string) =>
  spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' }).stdout.includes(option);

export const imagesAvailable =
  process.getuid?.() === 0 &&
  process.arch === 'x64' &&
  PROGRAMS.every((name) => findProgram(name, process.env['PATH'])) &&
  knows(['buildah', 'build', '--help'], '--output') &&
  knows(['skopeo', 'copy', '--help'], '--multi-arch');

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
  /** Folder with the record and the packed image. */
  image: (variant: VariantName) => string;
  packed: (variant: VariantName) => string;
  /** The push of everything below some folders, dist/ mostly, in this process and with less patience. */
  pushing: (names: readonly string[], folders?: readonly string[]) => Promise<RegistryResult[]>;
  tagsOf: (repository: string) => Promise<string[]>;
  digestAt: (reference: string) => Promise<string>;
  /** The digests of a manifest list by platform. */
  platformsAt: (reference: string) => Promise<Record<string, string>>;
  remove: () => Promise<void>;
}

export async function imageSetup(): Promise<ImageSetup> {
  const made = clones();
  const clone = await made.makeBuilt();
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
  const inspect = (reference: string, ...words: string[]) =>
    engine.run('skopeo', 'inspect', '--tls-verify=false', ...words, `docker://${reference}`);
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
    image: (variant) => result(variant, ''),
    packed: (variant) => result(variant, 'packed'),
    tagsOf: async (repository) => {
      const words = ['list-tags', '--tls-verify=false', `docker://${repository}`];
      const { exitCode, stdout } = await engine.try('skopeo', ...words);
      return exitCode === 0 ? (JSON.parse(stdout) as { Tags: string[] }).Tags.sort() : [];
    },
    digestAt: async (reference) =>
      (await inspect(reference, '--no-tags', '--format={{.Digest}}')).trim(),
    platformsAt: async (reference) => {
      const { images = [] } = parseManifest(await inspect(reference, '--raw'));
      return Object.fromEntries(images.map(({ platform, digest }) => [platform, digest]));
    },
    pushing: async (names, folders = [join(clone.root, 'dist')]) =>
      pushImages(
        {
          registries: registriesOf(names.join()),
          variants: await pushableImages(await findImages(folders), loadVariants(clone.root)),
          retries: { ...DEFAULT_RETRIES, attempts: 2, firstPause: 1 },
          scratch: join(await made.folder('scratch'), 'push'),
          dryRun: false,
        },
        {
          runner: createRunner(),
          env: { PATH: process.env['PATH'] ?? '', HOME: '/root' },
          print: () => undefined,
        },
      ),
    remove: async () => {
      await Promise.all(registries.map((each) => each.stop()));
      for (const each of storages) await each.clear();
      await made.remove();
    },
  };
}

/** Copies an image and says of the copy that it is for arm64, as an arm64 host would have built it. */
export async function asArm64(
  image: string,
  folder: string,
): Promise<{ folder: string; digest: string }> {
  await cp(image, folder, { recursive: true });
  const packed = (name: string) => join(folder, 'packed', name);
  const read = (file: string) => readFileSync(file, 'utf8');
  const manifest = JSON.parse(read(packed('manifest.json'))) as {
    config: { digest: string; size: number };
  };
  const old = packed(manifest.config.digest.slice('sha256:'.length));
  const config = read(old).replaceAll('"amd64"', '"arm64"');
  rmSync(old);
  writeFileSync(packed(sha256(config)), config);
  manifest.config = { ...manifest.config, digest: `sha256:${sha256(config)}` };
  const text = JSON.stringify(manifest);
  writeFileSync(packed('manifest.json'), text);
  const digest = `sha256:${sha256(text)}`;
  const record = JSON.parse(read(join(folder, 'image.json'))) as ImageRecord;
  const changed = { ...record, digest, platform: 'linux-aarch64' };
  writeFileSync(join(folder, 'image.json'), JSON.stringify(changed));
  return { folder, digest };
}
