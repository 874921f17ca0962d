#!/usr/bin/env node
// Node 22.18 and later run TypeScript by themselves; Node 20 needs swc's loader.
if (!process.features.typescript) await import('@swc-node/register/esm-register');
const { main } = await import('../src/cli/vllm-wheel.ts');
process.exitCode = await main(process.argv.slice(2));
