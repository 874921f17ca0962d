import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sha256, sha256File, sha256Tree, stableJson } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { ImagePlan, ImageRequest } from './image-plan.ts';
import { IMAGE_FILE, PACKED_FOLDER, readImageRecord } from './image-record.ts';
import type { ImageRecord } from './image-record.ts';
import { readPackedImage } from '@vllm-cpu/registry/packed-image';

/** Digest of all that a build is given: every file, every argument, every label. */
export async function imageKey(
  request: ImageRequest,
  plan: ImagePlan,
  folder: string,
): Promise<string> {
  return sha256(
    stableJson({
      arguments: plan.arguments,
      labels: plan.labels,
      dockerfile: await sha256File(join(request.runtime, 'Dockerfile')),
      context: await sha256Tree(join(folder, 'context')),
    }),
  );
}

/**
 * The image that an earlier run left in `output`, where it was made of the same and is whole. It is kept: built
 * again elsewhere or later it would have another digest, and a registry that has the first refuses it.
 */
export async function knownImage(output: string, key: string): Promise<ImageRecord | undefined> {
  if (!existsSync(join(output, IMAGE_FILE))) return undefined;
  try {
    const { record } = readImageRecord(output);
    const { digest } = await readPackedImage(join(output, PACKED_FOLDER));
    return record.key === key && record.digest === digest ? record : undefined;
  } catch (error) {
    // Of another version of this program, or damaged: it is made anew.
    if (error instanceof VllmCpuError) return undefined;
    throw error;
  }
}
