import { gte } from '@renovatebot/pep440';
import { requirementsOn } from '@vllm-cpu/python/requirements-file';
import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';

/** torch and what is released with it: all of them exist as CUDA builds too. */
const TORCH_FAMILY = ['torch', 'torchaudio', 'torchcodec', 'torchvision'];

/** From this release of torch on (vLLM 0.20), upstream asks for `+cpu` on 64-bit ARM as well. */
const LABELLED_ON_ARM = '2.11';

export interface RequirementsRequest {
  /** Requires-Dist of the wheel. */
  requiresDist: readonly string[];
  platform: Platform;
  /**
   * The sample asks for torch as vLLM does and has no code that needs it: it is left out, and with it a
   * download of several hundred megabytes.
   */
  embedded: boolean;
  /** A mirror of PyTorch's index of CPU builds. */
  torchIndex?: string | undefined;
}

/**
 * The requirements file of an image: what the wheel requires here, extras left out, and torch as PyTorch's
 * CPU build where the wheel asks for torch at all.
 */
export function imageRequirements(request: RequirementsRequest): string {
  const { platform, embedded, torchIndex } = request;
  const asked = request.requiresDist.flatMap((line) => {
    const [requirement] = requirementsOn(line, platform);
    return requirement && !/\bextra\s*==/.test(requirement.marker)
      ? [{ line: line.trim(), name: requirement.name }]
      : [];
  });
  const wanted = asked.filter(({ name }) => !(embedded && TORCH_FAMILY.includes(name)));
  const index = wanted.some(({ name }) => TORCH_FAMILY.includes(name))
    ? [`--extra-index-url ${torchIndex ?? TORCH_CPU_INDEX}`]
    : [];
  const lines = wanted.map(({ line, name }) =>
    name === 'torch' ? cpuBuild(line, platform) : line,
  );
  return [...index, ...lines, ''].join('\n');
}

/** `torch==2.9.1` as `torch==2.9.1+cpu`, where PyTorch's index has such a build. */
function cpuBuild(line: string, platform: Platform): string {
  const pinned = /^(torch\s*==\s*([^\s;+,]+))(?:\+cpu)?/;
  const version = pinned.exec(line)?.[2];
  const isLabelled = machineOf(platform) === 'x86_64' || (version && gte(version, LABELLED_ON_ARM));
  return isLabelled ? line.replace(pinned, '$1+cpu') : line;
}
