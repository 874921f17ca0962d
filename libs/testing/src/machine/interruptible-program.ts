import { setTimeout } from 'node:timers/promises';
import { interruptible } from '@vllm-cpu/system/interruptible';

/** A process for tests: works until it is interrupted, then tidies up for as many milliseconds as it is told. */
const tidying = Number(process.argv[2]);

void interruptible(async (signal) => {
  process.stdout.write('working\n');
  await setTimeout(60_000, undefined, { signal }).catch(() => undefined);
  await setTimeout(tidying);
  process.stdout.write('tidied up\n');
});
