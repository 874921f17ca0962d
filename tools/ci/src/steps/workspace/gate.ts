import { join } from 'node:path';
import { capture, show } from '../../programs/processes.ts';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';

const GATE = join(ROOT, '.ci', 'run');

/**
 * Runs .ci/run, the gate of this repository, as root where sudo asks for no password: some tests show
 * another CPU to a process, which only root may.
 */
export const gate = defineStep(
  { name: 'gate', about: 'Runs .ci/run, as root if that is possible.', inputs: {} },
  async () => {
    const isRoot = (await capture(['id', '-u'])).printed.trim() === '0';
    const maySudo = !isRoot && (await capture(['sudo', '-n', 'true'])).status === 0;
    // sudo has a PATH of its own, in which the Node of this job is not.
    const status = maySudo
      ? await show(['sudo', '-n', '-E', 'env', `PATH=${process.env['PATH']}`, GATE])
      : await show([GATE]);
    return status ?? 1;
  },
);
