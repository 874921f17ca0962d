import { z } from 'zod';
import { PLATFORMS } from '../variant/features.ts';

const platform = z.enum(PLATFORMS);
const perPlatform = z.strictObject({
  'linux-x86_64': z.string().nullable(),
  'linux-aarch64': z.string().nullable(),
});

/** What decides the bytes that are compiled; this part of a pin enters compile's key. */
export const sourceSchema = z.strictObject({
  kind: z
    .enum(['git', 'embedded'])
    .describe('git: fetched at `commit`; embedded: packages/upstream/sample'),
  repository: z.string().nullable().describe('official URL; a machine setting may replace it'),
  tag: z.string(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable()
    .describe('null for the embedded upstream, whose content is digested instead'),
  commitTime: z.int().describe('committer time, seconds since 1970 UTC: SOURCE_DATE_EPOCH'),
  requiresPython: z.string(),
  torch: perPlatform.describe('torch version of requirements/cpu.txt, without +cpu'),
  oneDnn: z
    .strictObject({
      tag: z.string(),
      commit: z
        .string()
        .regex(/^[0-9a-f]{40}$/)
        .nullable()
        .describe('null: not verified'),
    })
    .nullable(),
  isaInputs: z.array(z.string()).describe('environment variables that this cmake reads for ISA'),
  isaFlags: z
    .array(z.string())
    .describe(
      'x86 -m flags that this cmake can pass; a level without its flag cannot be told apart',
    ),
  gxxMinimum: z
    .string()
    .nullable()
    .describe('g++ below this is refused, because cmake would drop instruction sets silently'),
  buildRequirements: z.string().describe('path in the repository of the CPU build requirements'),
  pyLimitedApi: z
    .string()
    .regex(/^cp3\d+$/)
    .nullable()
    .describe('tag of the limited API when the extension is abi3; null: one wheel per Python'),
});

const digests = z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1);

/** How the lock of the build environment was made, and what it leaves out. */
export const environmentSchema = z.strictObject({
  excludeNewer: z.iso
    .datetime()
    .describe('what was uploaded to the index later does not exist for the lock'),
  floors: z
    .array(z.string())
    .default([])
    .describe('requirements beyond upstream’s: tools that must be newer than the release'),
  torch: z
    .strictObject({
      'linux-x86_64': digests.nullable(),
      'linux-aarch64': digests.nullable(),
    })
    .describe("SHA-256 of torch's files on its own index; null: not verified"),
});

/** One pinned upstream release: `packages/upstream/releases/<version>.json`. */
export const releaseSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.string().describe('PEP 440; "sample" pins state theirs too'),
  active: z.boolean().describe('in the umbrella targets'),
  source: sourceSchema,
  environment: environmentSchema
    .optional()
    .describe('of the lock beside the pin, <name>.lock.txt; a pin without one cannot be locked'),
  equivalences: z
    .array(
      z.strictObject({
        variant: z.string(),
        to: z.string().describe('the lower variant whose compile serves both'),
        platform,
        evidence: z
          .enum(['cmake', 'machine-code'])
          .describe('cmake: no switch to tell them apart; machine-code: identical after a compile'),
      }),
    )
    .default([]),
  absent: z
    .array(
      z.strictObject({
        variant: z.string(),
        platform,
        features: z.array(z.string()).min(1),
        reason: z.string().min(10),
      }),
    )
    .default([])
    .describe('features that a variant proves elsewhere but that this release has no code for'),
});

export type Release = z.infer<typeof releaseSchema>;
export type ReleaseEnvironment = z.infer<typeof environmentSchema>;
export type ReleaseSource = z.infer<typeof sourceSchema>;
