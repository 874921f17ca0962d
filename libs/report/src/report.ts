import { z } from 'zod';
import { PLATFORMS } from '@vllm-cpu/variant/features';
/** What a check may come to. */
export const STATUSES = ['passed', 'failed', 'not-run'] as const;
export type Status = (typeof STATUSES)[number];

/** Raised when a field changes its meaning or goes away. */
export const REPORT_VERSION = 1;

const count = z.int().min(0);
const sha256 = z.string().regex(/^([0-9a-f]{64})?$/);

const findingSchema = z.strictObject({
  level: z.enum(['error', 'warning', 'note']),
  place: z.string().describe('file in the wheel, field or program that it is about'),
  message: z.string(),
});

const useSchema = z.strictObject({
  section: z.string(),
  function: z.string().describe('as in the symbol table, or where the unwind table has it'),
  address: z.string(),
  disassembly: z.string(),
  feature: z.string(),
  count: count.describe('instructions of this function that need the feature'),
});

const moduleSchema = z.strictObject({
  file: z.string(),
  machine: z.string().describe('as uname spells it'),
  size: count.describe('bytes'),
  codeSha256: sha256.describe('over name and content of every executable section'),
  codeBytes: count,
  glibc: z.string().nullable().describe('newest glibc version that a symbol asks for'),
  platformTag: z.string().describe('the lowest manylinux tag that is honest for this file alone'),
  level: z
    .string()
    .nullable()
    .describe('lowest variant whose CPUs have all features; null: none, or not decoded'),
  gate: z
    .strictObject({
      asked: z.array(z.string()).describe('upstream asks for these before it loads the module'),
      askedPerKernel: z.array(z.string()).describe('... before it calls the kernels that use them'),
      unasked: z
        .array(z.string())
        .describe(
          'features that it uses and nobody asks for: a CPU without them loads it and ends in an illegal instruction',
        ),
    })
    .nullable()
    .default(null)
    .describe('of a wheel with several kernel modules: when upstream loads this one'),
  excepted: z
    .array(z.string())
    .default([])
    .describe('features of reviewed functions only, which say nothing about the level'),
  beyondLevels: z.array(z.string()).describe('features that no variant requires'),
  functions: count,
  instructions: count,
  histogram: z.record(z.string(), count).describe('instructions by CPU feature'),
  notJudged: z.strictObject({
    bytes: count.describe('executable bytes that were not taken for code'),
    suspicious: count.describe('what would be findings among them'),
  }),
  dataBytes: count.describe('bytes of data sections that an executable segment loads'),
  uses: z.array(useSchema).describe('uses beyond what is allowed, before reviewed exceptions'),
});

const checkSchema = z.strictObject({
  name: z.string(),
  status: z.enum(STATUSES),
  figure: z.string(),
  reason: z.string().optional().describe('why it was not run'),
  findings: z.array(findingSchema),
});

/** What the installed bytes of a wheel are, in the order of the picture. */
export const PARTS = [
  ...['onednn', 'kernels', 'code', 'tables', 'vendored', 'python', 'metadata', 'other'],
] as const;

const partSchema = z.strictObject({
  part: z
    .enum(PARTS)
    .describe(
      'onednn, kernels: machine code by symbol; code: of modules without symbols; tables: what else modules have',
    ),
  bytes: count.describe('installed'),
});

const symbolVersionSchema = z.strictObject({
  library: z.string().describe('GLIBC, GLIBCXX, ...'),
  newest: z.string().describe('the newest version that a module asks for'),
  policy: z.string().nullable().describe('the oldest manylinux policy that has it; null: none'),
  ceiling: z
    .string()
    .nullable()
    .describe("the newest that the platform tag's policy has; null: the tag promises none"),
});

const packageSchema = z.strictObject({
  name: z.string(),
  version: z.string().nullable(),
  licences: z.array(z.string()).describe('SPDX identifiers'),
  purl: z.string().nullable(),
  sha256: z.string().nullable(),
  contained: z.boolean().describe('false: needed, and installed beside the wheel'),
  description: z.string().nullable(),
});

/** `report.json` of verify and of inspect. */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(REPORT_VERSION),
  file: z.string(),
  sha256,
  size: count.describe('bytes'),
  variant: z.string().nullable(),
  release: z.string().nullable(),
  platform: z.enum(PLATFORMS).nullable(),
  strict: z.boolean().describe('a check that was not run counts as failed'),
  ok: z.boolean(),
  level: z.string().nullable().describe('lowest variant that every module runs on'),
  glibc: z.string().nullable().describe('true floor over all modules'),
  equivalentTo: z.string().nullable().describe('the variant that this one is recorded as'),
  checks: z.array(checkSchema),
  modules: z.array(moduleSchema),
  requires: z
    .array(z.string())
    .nullable()
    .default(null)
    .describe('CPU features that the variant asks for; null: inspected without a variant'),
  parts: z.array(partSchema).default([]),
  symbolVersions: z.array(symbolVersionSchema).default([]),
  packages: z.array(packageSchema).default([]).describe("of the wheel's bill of materials"),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportModule = z.infer<typeof moduleSchema>;
export type ReportCheck = z.infer<typeof checkSchema>;
export type ReportPart = z.infer<typeof partSchema>;
export type ReportSymbolVersion = z.infer<typeof symbolVersionSchema>;
export type ReportPackage = z.infer<typeof packageSchema>;

/** Uses that a report keeps for one module; its histogram and the check's figure have them all. */
export const MAX_USES = 500;
