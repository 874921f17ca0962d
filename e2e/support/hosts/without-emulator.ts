import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** By which verification tries a wheel on a CPU without AVX-512, in as much time as all its other checks take. */
const EMULATOR = 'qemu-x86_64';

/**
 * PATH on which the emulator is a link to itself, in the new folder `folder`: it cannot be started, as on a machine
 * without it. What is tried with it is tested by libs/verify/src/probe/installed-wheel.spec.ts.
 */
export function withoutEmulator(path: string, folder: string): string {
  mkdirSync(folder);
  symlinkSync(EMULATOR, join(folder, EMULATOR));
  return [folder, path].join(delimiter);
}
