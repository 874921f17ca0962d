import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { releaseSchema } from '@vllm-cpu/sources/release';
import type { Release } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { parseJson, parseValue } from '@vllm-cpu/system/parse-json';

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
  return parseJson(await readFile(path, 'utf8'), releaseSchema, path);
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

/** The text of a pin: fields in the order of the model, laid out as the formatter would. */
export function formatPin(pin: Release): string {
  const parsed = parseValue(pin, releaseSchema, 'a pin');
  const { version, active, source, environment, equivalences, absent } = parsed;
  const built = { source, ...(environment ? { environment } : {}) };
  return `${layOut({ $schema: SCHEMA, version, active, ...built, equivalences, absent }, '', 0)}\n`;
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
  const text = formatPin(pin);
  if (existsSync(path) && (await readFile(path, 'utf8')) === text) return false;
  if (!dryRun) await writeAtomically(path, text);
  return true;
}

/** Objects one field a line; lists of plain values on one line where they fit. */
function layOut(value: unknown, indent: string, before: number): string {
  const inner = `${indent}  `;
  const block = (open: string, items: string[], close: string): string =>
    items.length === 0
      ? `${open}${close}`
      : `${open}\n${items.map((item) => `${inner}${item}`).join(',\n')}\n${indent}${close}`;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const plain = value.every((item) => typeof item !== 'object' || item === null);
    // One column is kept for the comma that may follow.
    if (plain && before + line.length < LINE_WIDTH) return line;
    return block(
      '[',
      value.map((item) => layOut(item, inner, inner.length)),
      ']',
    );
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => {
    const start = `${JSON.stringify(name)}: `;
    return start + layOut(field, inner, inner.length + start.length);
  });
  return block('{', fields, '}');
}
