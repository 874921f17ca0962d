import type { Check } from '../check.ts';
import { abi3Check } from './abi3.ts';
import { archiveCheck } from './archive.ts';
import { identityCheck } from './identity.ts';
import { importCheck } from './import.ts';
import { instructionSetsCheck } from './instruction-sets.ts';
import { kernelModuleCheck } from './kernel-module.ts';
import { levelCapCheck } from './level-cap.ts';
import { metadataCheck } from './metadata.ts';
import { platformCheck } from './platform.ts';
import { recordCheck } from './record.ts';
import { sizeCheck } from './size.ts';

/** The checks of one wheel, in the order of the table. The comparison of all wheels stands apart. */
export const CHECKS: readonly Check[] = [
  archiveCheck,
  identityCheck,
  metadataCheck,
  recordCheck,
  platformCheck,
  abi3Check,
  sizeCheck,
  kernelModuleCheck,
  levelCapCheck,
  instructionSetsCheck,
  importCheck,
];
