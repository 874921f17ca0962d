import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Nx and its native parts go on seeing what is there; the project's own modules see arm64. */
const PRETEND = `
const real = process.arch;
const asksUs = () => /at hostPlatform /.test(new Error().stack ?? '');
Object.defineProperty(process, 'arch', { configurable: true, get: () => (asksUs() ? 'arm64' : real) });
`;

/** The environment in which this project takes the machine for a 64-bit ARM one. */
export function arm64Host(folder: string): Record<string, string> {
  const file = join(folder, 'arm64-host.mjs');
  writeFileSync(file, PRETEND);
  return { NODE_OPTIONS: `--import=${file}` };
}
