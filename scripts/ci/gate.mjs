#!/usr/bin/env node
// Runs .ci/run, the gate of this repository, as root where sudo asks for no password: some tests show
// another CPU to a process, which only root may.
import { join } from 'node:path';
import { capture, show } from '../processes.mjs';
import { ROOT } from './nx.mjs';
import { step } from './step.mjs';

const GATE = join(ROOT, '.ci', 'run');

await step({ file: 'gate.mjs', about: 'Runs .ci/run, as root if that is possible.' }, async () => {
  const isRoot = (await capture(['id', '-u'])).printed.trim() === '0';
  const maySudo = !isRoot && (await capture(['sudo', '-n', 'true'])).status === 0;
  // sudo has a PATH of its own, in which the Node of this job is not.
  const become = maySudo ? ['sudo', '-n', '-E', 'env', `PATH=${process.env['PATH']}`] : [];
  return (await show([...become, GATE])) ?? 1;
});
