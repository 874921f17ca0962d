#!/usr/bin/env node
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

// Node strips types by itself from 22.18 on; before that swc does. Both it and its settings are the
// repository's, whichever folder this is called from.
if (!process.features.typescript) {
  process.env.SWC_NODE_PROJECT ??= fileURLToPath(
    new URL('../../../tsconfig.base.json', import.meta.url),
  );
  register('@swc-node/register/esm', import.meta.url);
}
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2));
