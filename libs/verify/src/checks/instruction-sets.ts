import type { FeatureUse, InstructionScan } from '@vllm-cpu/isa/scan-result';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { levelOf } from '@vllm-cpu/variant/model';
import { unjudgedEntryFor } from '../gates/allow.ts';
import { error, judged, note, notRun, warning } from '../check.ts';
import type { Check, Finding, Outcome } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import { distributionOf, splitUses } from '../gates/exceptions.ts';
import { featureExpectation } from '../facts/features.ts';
import { wheelLevels } from '../facts/wheel-levels.ts';
import type { WheelLevel } from '../facts/wheel-levels.ts';
import { gateWarnings } from '../gates/gate-warnings.ts';
import { absenceFindings } from '../gates/absence.ts';

/** Findings are shown per module up to this many; the figure counts them all. */
const SHOWN = 25;
const PACKED_SHOWN = 5;

/** No instruction beyond what the variant's CPUs have, and all that the variant promises is there. */
export const instructionSetsCheck: Check = {
  name: 'instruction-sets',
  programs: ['c++filt'],
  run: async (context) => {
    const { variant, release, platform, facts, variants } = context;
    if (!variant && isPure(context)) return judged('no modules, so no instructions', []);
    if (!variant) {
      return notRun(
        'no variant was given, so there is nothing to compare with',
        await gateWarnings(context),
      );
    }
    if (!platform) return notRun('unknown platform: neither the file name nor a module tells it');
    if (!levelOf(variant, platform)) return notRun(`${variant.name} is not built for ${platform}`);
    const findings: Finding[] = facts.brokenModules.map(({ name, problem }) =>
      error(name, problem),
    );
    const machine = machineOf(platform);
    let [instructions, beyond] = [0, 0];
    for (const module of facts.modules) {
      if (!module.scan || module.machine !== machine) {
        findings.push(
          error(module.name, `is for ${module.machine}: not an instruction was judged`),
        );
        continue;
      }
      instructions += module.scan.instructions;
      const uses = await unexcepted(context, module.scan.findings, findings);
      beyond += uses.length;
      findings.push(...describe(uses), ...leftOut(context, module.name, module.scan.notJudged));
    }
    for (const level of wheelLevels(variant, release, platform, variants)) {
      findings.push(...promiseFindings(context, level, platform));
    }
    findings.push(...packedFindings(context));
    const count = instructions.toLocaleString('en-US');
    return complete(
      judged(`${count} instructions, ${beyond} uses beyond ${variant.name}`, findings),
    );
  },
};

/** Nothing in it is machine code, or may be. */
function isPure({ facts }: VerifyContext): boolean {
  return [facts.modules, facts.brokenModules, facts.packed].every(({ length }) => length === 0);
}

/** What could not be judged never passes; each place of it has a warning. */
function complete(outcome: Outcome): Outcome {
  const unjudged = outcome.findings.filter(({ level }) => level === 'warning').length;
  if (outcome.status === 'failed' || unjudged === 0) return outcome;
  return { ...outcome, status: 'not-run', reason: 'not all of it can be judged, see the warnings' };
}

/** Whether the modules of one level show what it promises. */
function promiseFindings(context: VerifyContext, level: WheelLevel, platform: Platform): Finding[] {
  const { release, variants, facts } = context;
  const expectation = featureExpectation(level.variant, release, platform, variants);
  if (!expectation) return [];
  const seen = featuresAtWork(context, level);
  const { equivalentTo } = expectation;
  return [
    ...absenceFindings({ ...context, variant: level.variant }, expectation, seen),
    ...(equivalentTo ? [note(facts.fileName, `recorded as one binary with ${equivalentTo}`)] : []),
  ];
}

/**
 * What the package's own modules use. A promise is not kept by what nothing loads (object files,
 * members of a static library), nor by libraries that were vendored.
 */
function featuresAtWork({ facts }: VerifyContext, level: WheelLevel): ReadonlySet<string> {
  const own = facts.modules.filter(
    ({ name, type, embedded }) =>
      type === 'dyn' && !embedded && !/^[^/]+\.libs\//.test(name) && level.has(name),
  );
  return new Set(own.flatMap(({ scan }) => Object.keys(scan?.histogram ?? {})));
}

/** What is packed inside the wheel is not judged; a person has to know. */
function packedFindings(context: VerifyContext): Finding[] {
  const { facts } = context;
  const { fileName } = facts;
  const reviews = facts.packed.flatMap(({ name }) => review(context, name) ?? []);
  const packed = facts.packed.filter(({ name }) => !review(context, name));
  if (packed.length === 0) return reviews;
  const names = packed.slice(0, PACKED_SHOWN).map(({ name, format }) => `${name} (${format})`);
  const more = packed.length > names.length ? `, and ${packed.length - names.length} more` : '';
  return [
    ...reviews,
    warning(fileName, `packed, so what is in it was not judged: ${names.join(', ')}${more}`),
  ];
}

/** A note where a person has found that what was not judged of this file is not code. */
function review(context: VerifyContext, file: string): Finding | undefined {
  const entry = unjudgedEntryFor(context.allow.unjudged, file, distributionOf(context));
  return entry && note(file, `not all of it was judged, allowed by review: ${entry.reason}`);
}

/** Uses that no reviewed entry excepts, with readable function names. */
async function unexcepted(
  context: VerifyContext,
  uses: readonly FeatureUse[],
  findings: Finding[],
): Promise<FeatureUse[]> {
  const { remaining, excepted } = await splitUses(context, uses);
  const counts = new Map<string, number>();
  for (const { use, entry } of excepted) {
    counts.set(entry.reason, (counts.get(entry.reason) ?? 0) + use.count);
  }
  for (const [reason, count] of counts) {
    const what = count === 1 ? '1 instruction' : `${count} instructions`;
    findings.push(note(uses[0]?.file ?? '', `${what} allowed by review: ${reason}`));
  }
  return remaining;
}

function describe(uses: readonly FeatureUse[]): Finding[] {
  const shown = uses.slice(0, SHOWN).map((use) => {
    const place = `${use.file} ${use.section} ${use.address}`;
    const times = use.count === 1 ? 'one instruction' : `${use.count} instructions`;
    return error(place, `${use.feature}: ${use.disassembly} in ${use.function} (${times} there)`);
  });
  const rest = uses.slice(SHOWN);
  if (rest.length === 0) return shown;
  const features = [...new Set(rest.map(({ feature }) => feature))].sort().join(', ');
  return [...shown, error(uses[0]?.file ?? '', `and ${rest.length} uses more: ${features}`)];
}

function leftOut(
  context: VerifyContext,
  file: string,
  { bytes, suspicious, places }: InstructionScan['notJudged'],
): Finding[] {
  const [first] = places;
  if (!first) return [];
  const where = `${first.section} ${first.address}: ${first.reason}`;
  const message = `${bytes} executable bytes were not taken for code`;
  const reviewed = review(context, file);
  if (reviewed) return [reviewed];
  if (suspicious === 0) return [note(file, `${message}; the largest at ${where}`)];
  const would =
    suspicious === 1
      ? '1 instruction among them would be a finding if it were'
      : `${suspicious} instructions among them would be findings if they were`;
  return [warning(file, `${message}; ${would}; foremost at ${where}`)];
}
