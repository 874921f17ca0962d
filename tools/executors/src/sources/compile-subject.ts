import type { Platform } from '../variant/features.ts';
import type { Variant, VariantLevel } from '../variant/model.ts';
import type { Release } from './release.ts';

/** What is compiled: one variant of one release on one platform. */
export interface CompileSubject {
  variant: Variant;
  level: VariantLevel;
  releaseName: string;
  release: Release;
  platform: Platform;
}
