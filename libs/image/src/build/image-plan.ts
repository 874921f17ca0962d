import { join } from 'node:path';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { buildArgv, packArgv } from '@vllm-cpu/registry/engine-argv';
import type { Argv } from '@vllm-cpu/registry/engine-argv';
import type { Engine } from '@vllm-cpu/registry/engine';
import { imageLabels } from './image-labels.ts';
import { defaultBaseImage, imagePython } from './image-python.ts';
import { pipSecrets } from '../pip-configuration.ts';
import type { PipConfiguration } from '../pip-configuration.ts';
import { versionTags } from '@vllm-cpu/registry/tags';

/** The one wheel of an image, and where it was taken from. */
export interface ImageWheel {
  wheel: PublishableWheel;
  /** In words: `verified here`, an index, a release page. */
  from: string;
  /** Commit of upstream that was compiled; null where it is not known. */
  revision: string | null;
}

export interface ImageRequest extends ImageWheel {
  subject: CompileSubject;
  /** The wheel of vllm-cpu-detect. */
  detector: string;
  engine: Engine;
  /** Of the base image, `3.13`. */
  python?: string | undefined;
  baseImage?: string | undefined;
  withInductor: boolean;
  /** Repository that the image names where it advises another one; may be empty. */
  advised: string;
  torchIndex?: string | undefined;
  pip: PipConfiguration | undefined;
  /** Builds although the image that is there was made of the same. */
  rebuild: boolean;
  /** Words that this host's engine needs besides. */
  engineWords: readonly string[];
  /** packages/images/runtime, absolute. */
  runtime: string;
  /** dist/<project>/<release>/image, absolute. */
  output: string;
  /** Base of a folder to work in, and the file of the engine's output. */
  scratch: string;
  log: string;
}

/** Everything that making an image will do. */
export interface ImagePlan {
  baseImage: string;
  /** What the base's Python must be; undefined where the base was named without it. */
  python: string | undefined;
  /** Names in the engine's own storage. */
  names: readonly string[];
  labels: Readonly<Record<string, string>>;
  /** Arguments of the Dockerfile. */
  arguments: Readonly<Record<string, string>>;
  /** Builds all of it, and gives the list of what is in it. */
  list: Argv;
  /** Names it; nothing is built again. */
  name: Argv;
  /** Copies it out of the engine's storage to `packed`. */
  pack: (packed: string) => Argv[];
}

/** Name of images in an engine's own storage; the detector's `docker run` lines have the same. */
const LOCAL_NAME = 'vllm-cpu';

/**
 * Decides how an image is built, without touching anything; `folder` is where its files will be.
 * @throws VllmCpuError REQUIRES_PYTHON_UNKNOWN, IMAGE_PYTHON_NOT_FOR_WHEEL
 */
export function planImage(request: ImageRequest, folder: string): ImagePlan {
  const { subject, wheel, engine } = request;
  const python =
    request.baseImage && !request.python ? undefined : imagePython(wheel, request.python);
  const baseImage = request.baseImage ?? defaultBaseImage(python ?? '');
  const names = versionTags(subject.variant, wheel.version).map((tag) => `${LOCAL_NAME}:${tag}`);
  const labels = imageLabels({
    variant: subject.variant,
    platform: subject.platform,
    version: wheel.version,
    revision: request.revision,
    source: subject.release.source.repository?.replace(/\.git$/, '') ?? null,
    wheelSha256: wheel.sha256,
    baseImage,
  });
  const common = {
    dockerfile: join(request.runtime, 'Dockerfile'),
    context: join(folder, 'context'),
    arguments: {
      BASE_IMAGE: baseImage,
      WITH_INDUCTOR: request.withInductor ? '1' : '0',
      VARIANT: subject.variant.name,
      RELEASE: wheel.version,
      IMAGE: request.advised,
    },
    secrets: pipSecrets(request.pip, folder),
    more: request.engineWords,
  };
  const list = { folder: join(folder, 'contents') };
  return {
    baseImage,
    python,
    names,
    labels,
    arguments: common.arguments,
    list: buildArgv(engine, { ...common, target: 'contents', result: list }),
    name: buildArgv(engine, { ...common, target: 'runtime', labels, result: { tags: names } }),
    pack: (packed) => packArgv(engine, names[0] ?? '', folder, packed),
  };
}
