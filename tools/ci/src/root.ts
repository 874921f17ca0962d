import { join } from 'node:path';

/** The repository that these steps are in. */
export const ROOT = join(import.meta.dirname, '../../..');
