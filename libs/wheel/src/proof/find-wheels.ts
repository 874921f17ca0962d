import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { readPublishableWheel } from './publishable-wheel.ts';
import { readVerification } from './verified-wheel.ts';
import type { PublishableWheel } from './publishable-wheel.ts';
import type { VerifiedWheel } from './verified-wheel.ts';

/** Wheels and the reports about them, wherever they were built. */
export interface FoundWheels {
  wheels: readonly PublishableWheel[];
  verified: readonly VerifiedWheel[];
}

/**
 * Every wheel and every report (`report.json`, `<anything>.report.json`) below the given folders; a
 * path to a file is taken as it is, a wheel with the report that verify left beside it. Wheels are sorted by name.
 * @throws VllmCpuError WHEELS_NOT_FOUND, and what reading a wheel or a report throws
 */
export async function findWheels(places: readonly string[]): Promise<FoundWheels> {
  const paths = (await Promise.all(places.map((place) => filesBelow(resolve(place))))).flat();
  const wheels: PublishableWheel[] = [];
  const verified: VerifiedWheel[] = [];
  for (const path of [...new Set(paths)].sort()) {
    if (path.endsWith('.whl')) wheels.push(await readPublishableWheel(path));
    if (/(^|[/.])report\.json$/.test(path)) verified.push(await readVerification(path));
  }
  wheels.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  return { wheels, verified };
}

async function filesBelow(place: string): Promise<string[]> {
  const status = await stat(place).catch((cause: unknown) => {
    throw new VllmCpuError({
      code: 'WHEELS_NOT_FOUND',
      what: `${place} not found`,
      next: 'Choose a folder with wheels and their reports: --wheels=<directory>.',
      cause,
    });
  });
  const report = place.replace(/\.whl$/, '.report.json');
  if (status.isFile()) return existsSync(report) ? [place, report] : [place];
  const entries = await readdir(place, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
