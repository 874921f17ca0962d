#!/usr/bin/env node
import { load } from '../../bundle/src/load.mjs';

const { main } = await load('tools/cache-server/src/main.ts');
process.exitCode = await main(process.argv.slice(2), process.env);
