import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import type { WheelFacts } from './wheel.ts';

/**
 * The line that installs this very version: with the CPU build of torch, which is on an index of its own. The
 * embedded sample needs nothing beside it.
 */
export function installLine(
  { project, version, report }: Pick<WheelFacts, 'project' | 'version' | 'report'>,
  indexUrl: string,
): string {
  const pip = `pip install ${project}==${version}`;
  if (isSample(report)) return `${pip} --no-deps --index-url ${indexUrl}`;
  return `${pip} --extra-index-url ${indexUrl} --extra-index-url ${TORCH_CPU_INDEX}`;
}

/** A line of a requirements file that takes no other bytes. */
export function hashedRequirement({ project, version, sha256 }: WheelFacts): string {
  return `${project}==${version} --hash=sha256:${sha256}`;
}

/** Made of the miniature of vLLM that is part of this project: its bill of materials names no origin. */
export function isSample(report: WheelFacts['report']): boolean {
  const vllm = report?.packages.find(({ name }) => name === 'vllm');
  return vllm !== undefined && vllm.purl === null;
}
