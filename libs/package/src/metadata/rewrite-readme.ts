import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import { textMember } from '../members.ts';
import { descriptionOf } from './description.ts';
import { readPackagedWheel, rewriteWheel } from '../packaged-wheel.ts';
import type { WrittenWheel } from '../plan.ts';

export interface ReadmeRequest {
  /** A packaged wheel, absolute. Never changed. */
  wheel: string;
  /** The variant's README.md, Markdown. */
  readme: string;
  /** Absolute; not the directory that the wheel is in, as its name stays. */
  outDir: string;
}

/**
 * The same wheel with another description, without a rebuild: bytes equal to those that packaging
 * with this README would have given. A recorded equivalence goes on being stated.
 * @throws VllmCpuError OUTPUT_IS_INPUT, WHEEL_NOT_OURS, ARCHIVE_*
 */
export async function rewriteReadme(request: ReadmeRequest): Promise<WrittenWheel> {
  return withArchive(request.wheel, async (archive) => {
    const opened = await readPackagedWheel(archive);
    const { distInfo, metadata, origin } = opened;
    const name = `${distInfo}/METADATA`;
    const text = metadata
      .withDescription(descriptionOf(request.readme, origin), 'text/markdown')
      .format();
    const changed = new Map([[name, textMember(name, text)]]);
    return rewriteWheel(opened, origin.version, distInfo, changed, (same) => same, request.outDir);
  });
}
