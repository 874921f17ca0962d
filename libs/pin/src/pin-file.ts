import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseRelease, releaseSchema } from '@vllm-cpu/sources/release';
import type { Release } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { parseValue } from '@vllm-cpu/system/parse-json';

const SCHEMA = '../../../tools/executors/schemas/release.schema.json';
const LINE_WIDTH = 100;

/** Path of the pin called `name` ("0.12.0", "sample"). */
export function pinPath(releasesDir: string, name: string): string {
  return join(releasesDir, `${name}.json`);
}

/** The pin called `name`, or undefined where there is none. */
export async function readPin(releasesDir: string, name: string): Promise<Release | undefined> {
  const path = pinPath(releasesDir, name);
  if (!existsSync(path)) return undefined;
  return parseRelease(await readFile(path, 'utf8'), path);
}

/** @throws VllmCpuError RELEASE_UNKNOWN */
export async function requirePin(releasesDir: string, name: string): Promise<Release> {
  const pin = /^[\w.-]+$/.test(name) ? await readPin(releasesDir, name) : undefined;
  if (pin) return pin;
  throw new VllmCpuError({
    code: 'RELEASE_UNKNOWN',
    what: `release ${name} is not pinned`,
    next: 'npx nx run upstream:releases lists pinned and available releases.',
  });
}

/** The text of a pin: fields in the order of the model, as prettier lays it out in this repository. */
export async function formatPin(pin: Release): Promise<string> {
  const parsed = parseValue(pin, releaseSchema, 'a pin');
  const { version, active, source, environment, equivalences, absent } = parsed;
  const built = { source, ...(environment ? { environment } : {}) };
  const fields = { $schema: SCHEMA, version, active, ...built, equivalences, absent };
  // Loaded here: whoever only reads pins does not wait for it.
  const { format } = await import('prettier');
  return format(JSON.stringify(fields, null, 2), { parser: 'json', printWidth: LINE_WIDTH });
}

/**
 * Writes a pin as a whole, unless its file has that content already; `dryRun` only compares.
 * @returns whether the file changed, or would
 */
export async function writePin(
  releasesDir: string,
  name: string,
  pin: Release,
  dryRun = false,
): Promise<boolean> {
  const path = pinPath(releasesDir, name);
  const text = await formatPin(pin);
  if (existsSync(path) && (await readFile(path, 'utf8')) === text) return false;
  if (!dryRun) await writeAtomically(path, text);
  return true;
}
