import { mkdir } from 'node:fs/promises';
import { notRun } from './check.ts';
import type { Check, Outcome } from './check.ts';
import { CHECKS } from './checks/registry.ts';
import type { VerifyContext } from './context.ts';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';
import { isSum, levelsIn, singleLevels } from '@vllm-cpu/variant/sums';
import { exceptedFeatures } from './gates/exceptions.ts';
import { declaredPrograms } from './declared-programs.ts';
import { allowedFeatures } from './facts/features.ts';
import { buildReport } from './report/build-report.ts';
import type { Report } from '@vllm-cpu/report/report';
import { readWheelFacts } from './facts/wheel-facts.ts';

/** What checks may look at, and how they are run. */
export interface VerifyOptions extends Omit<VerifyContext, 'facts'> {
  wheelPath: string;
  /** A check that was not run counts as failed. */
  strict: boolean;
  /** Names of checks; undefined: all. */
  only?: readonly string[] | undefined;
  /** Receives lines about long steps. */
  progress?: ((line: string) => void) | undefined;
  /** For tests; the registry's by default. */
  checks?: readonly Check[] | undefined;
}

const SLOW_MS = 3_000;

/** Proves one wheel file. Never throws because of the wheel: what is wrong stands in the report. */
export async function verifyWheel(options: VerifyOptions): Promise<Report> {
  const { platform } = options;
  await mkdir(options.workDir, { recursive: true });
  // Without a variant there are no findings but what no level has, for the level of each module.
  const allowed = platform && allowedHere(options, platform);
  const { wheelPath, progress } = options;
  const levels = sumLevels(options, platform);
  const facts = await readWheelFacts(wheelPath, { allowed, platform, levels, progress });
  const context: VerifyContext = { ...options, facts };
  const outcomes: [name: string, outcome: Outcome][] = [];
  for (const check of selected(options)) {
    // After a fault of the archive its content is not to be relied on.
    const unreadable = facts.archiveFaults.length > 0 && check.name !== 'archive';
    const outcome = unreadable
      ? notRun('cannot read the archive')
      : await announced(check.name, progress, () =>
          check.run({ ...context, runner: declaredPrograms(context, check) }),
        );
    outcomes.push([check.name, outcome]);
  }
  return buildReport(context, outcomes, options.strict, await exceptedFeatures(context));
}

/** Names a check that takes long; the others are done before anybody could read their names. */
async function announced(
  name: string,
  progress: VerifyOptions['progress'],
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const timer = setTimeout(() => progress?.(`check ${name}`), SLOW_MS);
  try {
    return await run();
  } finally {
    clearTimeout(timer);
  }
}

/** What the named variant may use; else what any level of the platform may. */
export function allowedHere(
  { variant, variants }: Pick<VerifyContext, 'variant' | 'variants'>,
  platform: Platform,
): string[] | undefined {
  if (variant) return allowedFeatures(variant, platform);
  return [...new Set(variants.flatMap((one) => allowedFeatures(one, platform) ?? []))];
}

/** The levels that may have a folder in the wheel: none where it is meant to be of one level. */
function sumLevels(
  { variant, variants }: Pick<VerifyContext, 'variant' | 'variants'>,
  platform: Platform | undefined,
): Variant[] {
  if (!variant) return singleLevels(variants);
  return platform && isSum(variant) ? levelsIn(variant, platform, variants) : [];
}

function selected({ checks = CHECKS, only }: VerifyOptions): readonly Check[] {
  return only ? checks.filter(({ name }) => only.includes(name)) : checks;
}
