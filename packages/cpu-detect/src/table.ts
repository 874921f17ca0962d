import fs from 'node:fs';

/** One of the five packages: what its CPU must have, by platform. */
export interface VariantEntry {
  name: string;
  distribution: string;
  rank: number;
  summary: string;
  requires: Readonly<Record<string, readonly string[]>>;
}

/** An x86 microarchitecture by CPUID; ranges are inclusive; `variant`: what it can run unmasked. */
export interface X86Model {
  vendor: string;
  family: number;
  models: readonly (readonly number[])[];
  steppings: readonly number[] | null;
  name: string;
  variant: string | null;
}

interface Tables {
  VERSION: string;
  VARIANTS: readonly VariantEntry[];
  X86_MODELS: readonly X86Model[];
  ARM_PARTS: readonly { implementer: string; part: string; name: string }[];
  VENDORS: Readonly<Record<string, string>>;
  TEXTS: Readonly<Record<string, string>>;
}

/**
 * Written by scripts/generate-table.ts from the five variant.json and from data/. The file is read,
 * not imported, because Node 20 prints a warning for every imported JSON module.
 */
export const { VERSION, VARIANTS, X86_MODELS, ARM_PARTS, VENDORS, TEXTS } = JSON.parse(
  fs.readFileSync(new URL('./table.json', import.meta.url), 'utf8'),
) as Tables;
