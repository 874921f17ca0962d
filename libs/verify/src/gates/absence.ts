import { error, note } from '../check.ts';
import type { Finding } from '../check.ts';
import type { VerifyContext } from '../context.ts';
import type { FeatureExpectation } from '../facts/features.ts';
import { pinName } from '../pin-name.ts';
import { levelOf } from '@vllm-cpu/variant/model';
import { singleLevels } from '@vllm-cpu/variant/sums';

/**
 * What a variant promises has to be seen at work. Where a release has no code for it, the pin says
 * so; a record that no longer holds is wrong as well.
 */
export function absenceFindings(
  context: VerifyContext,
  expectation: FeatureExpectation,
  seen: ReadonlySet<string>,
): Finding[] {
  const place = context.facts.fileName;
  const missing = expectation.expected.filter((feature) => !seen.has(feature));
  const present = expectation.absent.filter((feature) => seen.has(feature));
  const findings: Finding[] = [];
  if (missing.length > 0) {
    const what = `${missing.join(', ')} promised, and not one such instruction found`;
    findings.push(error(place, `${what}. ${howToRecord(context, missing, seen)}`));
  }
  if (present.length > 0) {
    const record = expectation.equivalentTo
      ? `equivalence to ${expectation.equivalentTo}`
      : 'absence';
    const what = `${present.join(', ')} found, although the pin records ${record}`;
    findings.push(error(place, `${what}: remove that record from the pin`));
  }
  if (expectation.absent.length > 0 && present.length === 0) {
    findings.push(
      note(place, `recorded as absent at this release: ${expectation.absent.join(', ')}`),
    );
  }
  return findings;
}

/** The command that writes down what was seen, for a person who checked that it is right. */
function howToRecord(
  context: VerifyContext,
  missing: readonly string[],
  seen: ReadonlySet<string>,
): string {
  const { variant, release, platform, variants } = context;
  if (!variant || !platform) return '';
  const base = `--release=${release ? pinName(release) : '<release>'} --variant=${variant.name}`;
  const lower = singleLevels(variants)
    .filter(({ rank }) => rank < variant.rank)
    .sort((a, b) => b.rank - a.rank)
    .find((other) => {
      const proves = levelOf(other, platform)?.proves;
      return (
        proves?.every((feature) => seen.has(feature)) && !proves.some((f) => missing.includes(f))
      );
    });
  const absence = `npx nx run upstream:record-absence ${base} --features=${missing.join(',')}`;
  if (!lower) return `If this release has no code for it: ${absence}`;
  const same = `npx nx run upstream:record-equivalence ${base} --to=${lower.name}`;
  return `If it is one binary with ${lower.name}: ${same}; if only these are absent: ${absence}`;
}
