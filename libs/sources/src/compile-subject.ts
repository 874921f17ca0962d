import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant, VariantLevel } from '@vllm-cpu/variant/model';
import type { OneDnnBuild } from './onednn/onednn-build.ts';
import type { Release } from './release.ts';

/** What is compiled: one variant of one release on one platform. */
export interface CompileSubject {
  variant: Variant;
  level: VariantLevel;
  releaseName: string;
  release: Release;
  platform: Platform;
  /** The oneDNN of its own task that is linked; undefined: none, or one that upstream's cmake builds. */
  oneDnn: OneDnnBuild | undefined;
}
