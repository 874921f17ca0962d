import { beyondBaseline } from '@vllm-cpu/variant/beyond-baseline';
import type { Platform } from '@vllm-cpu/variant/features';
import { baselineFeatures } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';

export interface LabelFacts {
  variant: Variant;
  platform: Platform;
  /** Public version of the wheel. */
  version: string;
  /** Commit of upstream that was compiled; null where it is not known. */
  revision: string | null;
  /** Upstream's repository; null for the embedded sample. */
  source: string | null;
  wheelSha256: string;
  baseImage: string;
}

/**
 * The labels of an image, the pre-defined ones first.
 * @see https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
export function imageLabels(facts: LabelFacts): Record<string, string> {
  const { variant, platform } = facts;
  const required = levelOf(variant, platform)?.requires ?? [];
  const beyond = beyondBaseline(variant, platform);
  return {
    'org.opencontainers.image.title': variant.distribution,
    'org.opencontainers.image.description': variant.summary,
    'org.opencontainers.image.version': facts.version,
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.base.name': facts.baseImage,
    ...(facts.revision ? { 'org.opencontainers.image.revision': facts.revision } : {}),
    ...(facts.source ? { 'org.opencontainers.image.source': facts.source } : {}),
    'vllm-cpu.variant': variant.name,
    'vllm-cpu.instruction-sets': (beyond.length > 0 ? beyond : baselineFeatures(platform)).join(
      ' ',
    ),
    'vllm-cpu.requires': required.join(' '),
    'vllm-cpu.wheel.sha256': facts.wheelSha256,
  };
}
