import { basename } from 'node:path';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { pythonField, versionField, versionOfTag } from './version-fields.ts';

const platform = z.enum(PLATFORMS);
const perPlatform = z.strictObject({
  'linux-x86_64': versionField.nullable(),
  'linux-aarch64': versionField.nullable(),
});
const commit = z.string().regex(/^[0-9a-f]{40}$/);
const limitedApi = z.string().regex(/^cp3\d+$/);

/** One extension module of a release that builds several: 0.18.0 and later. */
const moduleSchema = z.strictObject({
  name: z.string().regex(/^\w+$/).describe('vllm/<name>.abi3.so'),
  flags: z
    .array(z.string())
    .describe('its -m flags, in order; no probe of the compiler answered yes'),
  definitions: z
    .array(z.string())
    .describe("the module's own: without -D, without the common ones"),
  pyLimitedApi: limitedApi.nullable().describe('as of the release, but of this module'),
  kernels: z.boolean().describe('false: no kernels for one level, so every wheel has it'),
});

const sdistSchema = z.strictObject({
  file: z.string().regex(/^[\w.+-]+\.tar\.gz$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,40}$/)
    .nullable()
    .describe('what the archive says of the commit it was made from; informative, not checked'),
});

/**
 * What decides the bytes that are compiled; this part of a pin enters compile's key. Fields that a
 * release up to 0.16.0 does not have are absent there.
 */
const sourceSchema = z.strictObject({
  kind: z
    .enum(['git', 'embedded', 'sdist'])
    .describe('git: fetched at `commit`; sdist: `sdist`; embedded: `folders`'),
  folders: z
    .array(z.string().regex(/^packages\/upstream\/[a-z][a-z-]*$/))
    .min(1)
    .optional()
    .describe(
      'of kind embedded: laid one over the other, the last one names the pin; absent: packages/upstream/sample',
    ),
  repository: z.string().nullable().describe('official URL; a machine setting may replace it'),
  tag: z.string(),
  commit: commit
    .nullable()
    .describe(
      'null for a source distribution, which its SHA-256 pins, and for the embedded upstream',
    ),
  commitTime: z
    .int()
    .describe(
      "SOURCE_DATE_EPOCH, seconds since 1970 UTC: the commit's time, or of the newest file of `sdist`",
    ),
  sdist: sdistSchema.optional().describe('the source distribution of kind sdist'),
  requiresPython: pythonField,
  cxxStandard: z.int().min(17).optional().describe('absent: 17'),
  torch: perPlatform.describe('torch version of requirements/cpu.txt, without +cpu'),
  oneDnn: z
    .strictObject({ tag: z.string(), commit: commit.nullable().describe('null: not verified') })
    .nullable()
    .describe('of x86-64, and of aarch64 where `oneDnnAarch64` is absent'),
  oneDnnAarch64: z.strictObject({ commit }).optional(),
  oneDnnOptions: z
    .record(z.string().regex(/^(?:ONEDNN|DNNL)_\w+$/), z.string())
    .optional()
    .describe(
      "the cmake variables of oneDNN's own that upstream sets, without those that differ by platform",
    ),
  acl: z.string().optional().describe('tag of the Arm Compute Library, aarch64 only'),
  isaInputs: z.array(z.string()).describe('environment variables that this cmake reads for ISA'),
  isaFlags: z
    .array(z.string())
    .describe(
      'x86 -m flags that this cmake can pass; a level without its flag cannot be told apart',
    ),
  modules: z
    .strictObject({
      'linux-x86_64': z.array(moduleSchema).min(1),
      'linux-aarch64': z.array(moduleSchema).min(1),
    })
    .optional()
    .describe('absent: one module, vllm/_C, whose flags follow the CPU that cmake is shown'),
  compilerProbes: z
    .array(z.strictObject({ variable: z.string().regex(/^\w+$/), flag: z.string() }))
    .optional()
    .describe(
      'what cmake asks the compiler for; answered no, since the compiler of the day would decide',
    ),
  gxxMinimum: z
    .string()
    .nullable()
    .describe('g++ below this is refused, because cmake would drop instruction sets silently'),
  buildRequirements: z.string().describe('path in the repository of the CPU build requirements'),
  pyLimitedApi: limitedApi
    .nullable()
    .describe('tag of the limited API when the extension is abi3; null: one wheel per Python'),
  cpuQuestions: z
    .int()
    .min(1)
    .optional()
    .describe("places in vllm/ that ask what the CPU can, and that the wheel's level answers"),
  directReferences: z
    .array(z.string())
    .optional()
    .describe('requirements by URL, which package indexes refuse: dropped from Requires-Dist'),
  rust: z
    .boolean()
    .optional()
    .describe(
      "whether upstream's optional programs and modules in Rust are built; absent: it has none",
    ),
  tcmalloc: z
    .boolean()
    .optional()
    .describe("whether the wheel ships libtcmalloc; absent: upstream doesn't"),
});

const digests = z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1);

/** How the lock of the build environment was made, and what it leaves out. */
const environmentSchema = z.strictObject({
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
export const releaseSchema = z
  .strictObject({
    $schema: z.string().optional(),
    version: versionField.describe('PEP 440; "sample" pins state theirs too'),
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
            .describe(
              'cmake: no switch to tell them apart; machine-code: identical after a compile',
            ),
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
  })
  .superRefine((release, context) => {
    for (const [path, message] of [...sourceFaults(release), ...equivalenceFaults(release)]) {
      context.addIssue({ code: 'custom', path, message });
    }
  });

type Fault = readonly [path: (string | number)[], message: string];

/** What each kind of source is pinned by, and has nothing else. */
const PINNED_BY = { git: 'commit', sdist: 'sdist', embedded: undefined } as const;

function sourceFaults({ version, source }: Pick<Release, 'version' | 'source'>): Fault[] {
  const { kind, tag } = source;
  const faults = (['commit', 'sdist'] as const).flatMap((field): Fault[] => {
    const needed = PINNED_BY[kind] === field;
    if (needed === Boolean(source[field])) return [];
    return [[['source', field], `a source of kind ${kind} has ${needed ? 'one' : 'none'}`]];
  });
  if (versionOfTag(tag) === version) return faults;
  return [...faults, [['source', 'tag'], `${tag} is not a tag of ${version}`]];
}

/** Each entry names the variant that is compiled: one that follows another would be built from what is not there. */
function equivalenceFaults({ equivalences }: Pick<Release, 'equivalences'>): Fault[] {
  return equivalences.flatMap(({ variant, to, platform }, index): Fault[] => {
    const here = equivalences.filter((entry) => entry.platform === platform);
    const first = here.findIndex((entry) => entry.variant === variant);
    if (equivalences[index] !== here[first]) {
      return [[['equivalences', index], `another entry is about ${variant} on ${platform}`]];
    }
    const next = here.find((entry) => entry.variant === to);
    if (!next) return [];
    return [[['equivalences', index], `${to} is itself equivalent to ${next.to}: name that`]];
  });
}

/**
 * Reads a pin. Its file must be named after its version, except for the embedded upstream's.
 * @param text content of the file
 * @param file path of the file, for errors
 * @throws VllmCpuError INVALID_JSON, INVALID_CONTENT
 */
export function parseRelease(text: string, file: string): Release {
  const named = releaseSchema.refine(
    ({ version, source }) => source.kind === 'embedded' || basename(file) === `${version}.json`,
    { path: ['version'], error: 'is not the name of the file' },
  );
  return parseJson(text, named, file);
}

export type Release = z.infer<typeof releaseSchema>;
export type ReleaseEnvironment = z.infer<typeof environmentSchema>;
export type ReleaseSource = z.infer<typeof sourceSchema>;
export type ReleaseModule = z.infer<typeof moduleSchema>;
