#!/usr/bin/env node
import { load } from '../../bundle/src/load.mjs';

// `| head` closes the pipe early.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { main } = await load('tools/executors/src/cli/vllm-wheel.ts');
process.exitCode = await main(process.argv.slice(2));
