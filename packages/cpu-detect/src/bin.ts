#!/usr/bin/env node
import { run } from './cli.ts';

const terminal = process.stdout.isTTY === true && !process.env['NO_COLOR'];
const { stdout, stderr, exitCode } = run(process.argv.slice(2), { terminal });
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
