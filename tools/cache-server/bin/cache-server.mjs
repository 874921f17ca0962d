#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

// Node strips types by itself from 22.18 on; before that swc does, and it reads its settings from
// the working directory unless it is told which tsconfig to use.
if (!process.features.typescript) {
  const config = fileURLToPath(new URL('../../../tsconfig.base.json', import.meta.url));
  if (existsSync(config)) process.env.SWC_NODE_PROJECT ??= config;
  register('@swc-node/register/esm', import.meta.url);
}
const { main } = await import('../src/main.ts');
process.exitCode = await main(process.argv.slice(2), process.env);
