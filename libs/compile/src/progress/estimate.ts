import { existsSync, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { makeFolder } from '@vllm-cpu/system/writable-folder';
import { earlierManifest } from '@vllm-cpu/sources/compile-manifest';
import { builtOneDnn, oneDnnOutput } from '@vllm-cpu/sources/onednn-manifest';
import { buildsOneDnn, outputFolder } from '../plan.ts';
import type { CompilePlan } from '../plan.ts';
import { duration } from './progress.ts';

export interface Estimate {
  seconds: number;
  /** Of these, for oneDNN's own task, which all wheels of a release share; 0 where its result is there. */
  oneDnnSeconds: number;
  /** Bytes of disk below the workspace. */
  disk: number;
  /** Bytes of memory at the peak. */
  memory: number;
  /** An earlier build of this release on this machine, or general figures. */
  basis: 'earlier build' | 'general figures';
}

const GIB = 1024 ** 3;

/**
 * CPU seconds of one core on a 2 GHz Xeon, without debug information: oneDNN 43 minutes; vLLM's own part
 * 3 (AVX2) to 7 minutes at v0.12.0, and 7 (AVX2) to 14 for one of the modules of v0.33.0.
 */
const GENERAL = { oneDnn: 43 * 60, upstream: 7 * 60, module: 14 * 60, embedded: 40 };

/**
 * What the compile will cost, from an earlier manifest of the same release when there is one, and the
 * oneDNN before it where that is not there yet.
 */
export async function estimate(plan: CompilePlan): Promise<Estimate> {
  const embedded = plan.subject.release.source.kind === 'embedded';
  const disk = embedded ? 0.2 * GIB : buildsOneDnn(plan.subject) ? 4 * GIB : 2 * GIB;
  const memory = embedded ? 0.5 * GIB : plan.jobs * 2 * GIB;
  const earlier = earlierSeconds(plan);
  const before = oneDnnSeconds(plan);
  if (earlier !== undefined) {
    const seconds = earlier + before;
    return { seconds, oneDnnSeconds: before, disk, memory, basis: 'earlier build' };
  }
  const { source } = plan.subject.release;
  const own = embedded ? GENERAL.embedded : source.modules ? GENERAL.module : GENERAL.upstream;
  const inside = buildsOneDnn(plan.subject) ? GENERAL.oneDnn : 0;
  const seconds = (own + inside) / plan.jobs + before;
  return { seconds, oneDnnSeconds: before, disk, memory, basis: 'general figures' };
}

/** How long the task that builds oneDNN will take before the compile; 0 where its result lies there. */
function oneDnnSeconds({ subject, key, settings, jobs }: CompilePlan): number {
  if (!subject.oneDnn) return 0;
  const built = builtOneDnn(join(settings.root, oneDnnOutput(subject.oneDnn.name)));
  if (built && built.key === key.oneDnn) return 0;
  return GENERAL.oneDnn / jobs;
}

function earlierSeconds(plan: CompilePlan): number | undefined {
  const dist = join(plan.settings.root, 'dist');
  if (!existsSync(dist)) return undefined;
  const times = readdirSync(dist)
    .filter((project) => project.startsWith('variant-'))
    .map((project) => outputFolder(project, plan.subject.releaseName, 'compile'))
    .map((output) => earlierManifest(join(plan.settings.root, output)))
    .flatMap((manifest) => (manifest ? [manifest.seconds['compile'] ?? 0] : []));
  return times.length > 0 ? Math.max(...times) : undefined;
}

export function describeEstimate(expected: Estimate, jobs: number): string {
  const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;
  return (
    `about ${duration(expected.seconds)} with ${jobs} job${jobs === 1 ? '' : 's'} (${expected.basis}), ` +
    `up to ${gib(expected.disk)} of disk and ${gib(expected.memory)} of memory`
  );
}

/** @throws VllmCpuError FOLDER_NOT_WRITABLE, or DISK_FULL when the workspace's disk has less room than the estimate. */
export async function checkResources(plan: CompilePlan, expected: Estimate): Promise<void> {
  await makeFolder(plan.settings.workspace, 'Set VLLM_CPU_WORKSPACE to a writable folder.');
  const { bavail, bsize } = await statfs(plan.settings.workspace);
  const free = bavail * bsize;
  if (free >= expected.disk) return;
  throw new VllmCpuError({
    code: 'DISK_FULL',
    what: `${plan.settings.workspace} has ${(free / GIB).toFixed(2)} GiB free, but ${plan.title} needs up to ${(expected.disk / GIB).toFixed(1)} GiB`,
    next: 'Free space, or set VLLM_CPU_WORKSPACE to a larger disk.',
  });
}
