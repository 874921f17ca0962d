import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { replaceFolder, withScratchFolder } from '@vllm-cpu/system/replace-folder';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { makeFolder, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { machineOf } from '@vllm-cpu/variant/features';
import { requireSkopeo } from '@vllm-cpu/registry/skopeo';
import { runEngine } from '@vllm-cpu/registry/run-engine';
import type { EngineTools } from '@vllm-cpu/registry/run-engine';
import { contentsSchema, judgeContents } from './image-contents.ts';
import type { ImageContents } from './image-contents.ts';
import { writeContext } from './image-context.ts';
import { planImage } from './image-plan.ts';
import type { ImagePlan, ImageRequest } from './image-plan.ts';
import { IMAGE_FILE, PACKED_FOLDER } from './image-record.ts';
import type { ImageRecord } from './image-record.ts';
import { imageKey, knownImage } from './known-image.ts';
import { readPackedImage } from '@vllm-cpu/registry/packed-image';
import { restoreImage } from './restore-image.ts';

/** Lines of an engine and of pip that say how far it is. */
const PROGRESS = /^(?:\[\d+\/\d+\] )?STEP \d|^#\d+ \[|^(?:Collecting|Downloading|Installing) /;

/**
 * Builds the image of one wheel: everything is built and its contents are judged before it gets a name;
 * then it is copied out of the engine, so that its digest is known before anything is pushed. `output` stays
 * as it was until the new image is whole, and for good where it was made of the same.
 * @throws VllmCpuError SKOPEO_MISSING, SKOPEO_TOO_OLD, WHEEL_CHANGED, IMAGE_CONTENTS_WRONG, NO_SPACE_LEFT, IMAGE_COMMAND_FAILED
 */
export async function buildImage(request: ImageRequest, tools: EngineTools): Promise<ImageRecord> {
  await requireSkopeo(tools);
  await refuseUnwritable(request.output);
  await makeFolder(dirname(request.log));
  await rm(request.log, { force: true });
  const logged = { ...tools, logFile: request.log };
  return withScratchFolder(request.scratch, async (folder) => {
    const plan = planImage(request, folder);
    await writeContext(request, folder);
    const key = await imageKey(request, plan, folder);
    const known = request.rebuild ? undefined : await knownImage(request.output, key);
    if (known) {
      tools.print(
        `unchanged; existing image kept (--rebuild builds it again on the current base image)`,
      );
      await restoreImage({ folder: request.output, record: known }, request.engine, folder, logged);
      return known;
    }
    tools.print(`building with ${request.engine.name} on ${plan.baseImage}, log ${request.log}`);
    await runEngine(plan.list, logged, (line) => PROGRESS.test(line)).catch((error: unknown) => {
      throw baseImageFault(error, plan.baseImage);
    });
    const contents = await readContents(join(folder, 'contents', 'contents.json'));
    judgeContents(contents, expected(request, plan));
    await runEngine(plan.name, logged);
    tools.print(`packing ${plan.names[0] ?? ''}`);
    return pack(request, plan, { key, contents }, logged);
  });
}

/** What engines say of a registry that they do not reach, or that has no such image. */
const NOT_PULLED =
  /(pinging container registry|dial tcp|no such host|connection refused|failed to resolve source metadata|manifest unknown|pull access denied|i\/o timeout).*/i;

/** Without a registry the build fails at its first line: then the base image is what can be changed. */
export function baseImageFault(error: unknown, baseImage: string): unknown {
  const said = error instanceof VllmCpuError ? NOT_PULLED.exec(error.why ?? '')?.[0] : undefined;
  if (said === undefined) return error;
  return new VllmCpuError({
    code: 'BASE_IMAGE_NOT_PULLED',
    what: `cannot pull the base image ${baseImage}`,
    why: said,
    next: 'Check the network and the login of its registry, or set VLLM_CPU_BASE_IMAGE (--base-image) to an image that is here.',
    cause: error,
  });
}

function expected({ subject, wheel, withInductor }: ImageRequest, plan: ImagePlan) {
  return {
    machine: machineOf(subject.platform),
    python: plan.python,
    distribution: wheel.project,
    version: wheel.version,
    withInductor,
    embedded: subject.release.source.kind === 'embedded',
  };
}

async function readContents(file: string): Promise<ImageContents> {
  return parseJson(await readFile(file, 'utf8'), contentsSchema, file);
}

async function pack(
  request: ImageRequest,
  plan: ImagePlan,
  found: Pick<ImageRecord, 'key' | 'contents'>,
  tools: EngineTools,
): Promise<ImageRecord> {
  const { subject, wheel } = request;
  return replaceFolder(request.output, async (fresh) => {
    const folder = join(fresh, PACKED_FOLDER);
    await mkdir(folder, { recursive: true });
    for (const argv of plan.pack(folder)) await runEngine(argv, tools);
    const packed = await readPackedImage(folder);
    const record: ImageRecord = {
      schemaVersion: 1,
      ...found,
      variant: subject.variant.name,
      release: subject.releaseName,
      version: wheel.version,
      embedded: subject.release.source.kind === 'embedded',
      platform: subject.platform,
      digest: packed.digest,
      id: packed.id,
      names: [...plan.names],
      engine: request.engine.name,
      baseImage: plan.baseImage,
      wheel: { file: wheel.fileName, sha256: wheel.sha256, from: request.from },
      labels: { ...packed.labels },
      layers: [...packed.layers],
    };
    await writeFile(join(fresh, IMAGE_FILE), `${JSON.stringify(record, null, 2)}\n`);
    return record;
  });
}
