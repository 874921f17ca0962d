import { z } from 'zod';
import { PLATFORMS } from '@vllm-cpu/variant/features';

/** The options of a target that is not cached; any other is refused. Those of cached ones: stage-options.ts. */
export function targetOptions<Shape extends z.ZodRawShape>(description: string, shape: Shape) {
  return z.strictObject(shape).describe(description);
}

export function textOption(description: string) {
  return z.string().optional().describe(description);
}

export function flagOption(description: string) {
  return z.boolean().optional().describe(description);
}

export const platformOption = z
  .enum(PLATFORMS)
  .optional()
  .describe("linux-x86_64 or linux-aarch64, the platform of the record; default: the host's");

export const jsonOption = flagOption('print JSON instead of text');

/** A version. Nx makes a number of 0.12, and 0.1 of 0.10: that is refused. */
export function versionOption(description: string) {
  return z
    .union([z.string(), z.number()])
    .transform((given, context) => textOf(given, context))
    .optional()
    .describe(description);
}

/** Words separated by commas, which must be given; repeating the option adds to them. */
export function wordsOption(description: string) {
  return z
    .union([z.string(), z.array(z.string()).transform((each) => each.join(','))])
    .describe(description);
}

/** A comma-separated list of versions or names; repeating the option adds to it. */
export function listOption(description: string) {
  return z
    .union([z.string(), z.number(), z.array(z.string())])
    .transform((given, context) =>
      Array.isArray(given) ? given.join(',') : textOf(given, context),
    )
    .optional()
    .describe(description);
}

function textOf(given: string | number, context: z.RefinementCtx): string {
  if (typeof given === 'string') return given;
  const message = `Nx hands it over as the number ${given}: write versions with all their parts, such as 0.12.0`;
  context.addIssue(message);
  return z.NEVER;
}

export const dryRunOption = flagOption('say what would be done, and change nothing');
