import { join } from 'node:path';

/** Words after `node` with which it runs this repository's TypeScript, whatever its version. */
export const TYPESCRIPT = [
  '--import',
  join(import.meta.dirname, '../../../../scripts/typescript.mjs'),
] as const;
