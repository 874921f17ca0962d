import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import type { Release } from '@vllm-cpu/sources/release';
import type { Platform } from '@vllm-cpu/variant/features';
import { fileOfLevel, levelOfFile } from '@vllm-cpu/variant/sums';
import { error, judged, note } from './check.ts';
import type { Finding, Outcome } from './check.ts';
import { pinName } from './pin-name.ts';
import type { ReportModule } from '@vllm-cpu/report/report';

/** One variant's wheel as the comparison sees it; taken out of its verify report. */
export interface ComparedWheel {
  variant: string;
  rank: number;
  modules: readonly Pick<ReportModule, 'file' | 'codeSha256'>[];
}

/**
 * Compares the machine code of a release's wheels. One binary under two names is a fault unless the
 * pin records it, because the second name then promises what the first one does not have; a record
 * that no longer holds is a fault as well. A sum has for each level the code of that level's own wheel.
 */
export function compareWheels(
  wheels: readonly ComparedWheel[],
  release: Release,
  platform: Platform,
): Outcome {
  const findings: Finding[] = [];
  const ordered = wheels.filter((wheel) => !isSum(wheel)).sort((a, b) => a.rank - b.rank);
  for (const sum of wheels.filter(isSum)) findings.push(...compareLevels(sum, ordered));
  let compared = 0;
  ordered.forEach((higher, index) => {
    for (const lower of ordered.slice(0, index)) {
      compared++;
      findings.push(...comparePair(lower, higher, release, platform));
    }
  });
  for (const { variant, to } of release.equivalences.filter(
    (entry) => entry.platform === platform,
  )) {
    const absent = [variant, to].filter((name) => !wheels.some((wheel) => wheel.variant === name));
    if (wheels.length > 0 && absent.length > 0) {
      findings.push(
        note(variant, `recorded as ${to}; ${absent.join(', ')} is not here to compare`),
      );
    }
  }
  return judged(`${wheels.length} wheels, ${compared} pairs`, findings);
}

/** Whether a wheel has the modules of several levels. */
function isSum({ modules }: ComparedWheel): boolean {
  return modules.some(({ file }) => levelOfFile(file) !== undefined);
}

/** Holds each module of a sum against that in the wheel of the level alone. */
function compareLevels(sum: ComparedWheel, singles: readonly ComparedWheel[]): Finding[] {
  return sum.modules.flatMap(({ file, codeSha256 }) => {
    const level = levelOfFile(file);
    if (level === undefined) return [];
    const place = `${sum.variant} and ${level}`;
    const single = singles.find(({ variant }) => variant === level);
    if (!single) return [note(place, `the wheel of ${level} is not here to compare`)];
    const own = fileOfLevel(file);
    const same = single.modules.some((one) => one.file === own && one.codeSha256 === codeSha256);
    if (same) return [];
    const what = `${file} has other machine code than ${own} of ${level}`;
    return [error(place, `${what}: build both again from one compile`)];
  });
}

function comparePair(
  lower: ComparedWheel,
  higher: ComparedWheel,
  release: Release,
  platform: Platform,
): Finding[] {
  const root = (name: string): string => equivalentTo(release, name, platform) ?? name;
  const recorded = root(lower.variant) === root(higher.variant);
  const place = `${higher.variant} and ${lower.variant}`;
  const differing = differences(lower, higher);
  if (recorded && differing.length > 0) {
    const what = `recorded as one binary, but differ in ${differing.slice(0, 3).join(', ')}`;
    return [error(place, `${what}: remove the record, or build them again from one compile`)];
  }
  if (recorded) return [note(place, 'one binary under two names, as the pin records')];
  if (differing.length > 0) return [];
  const command =
    `npx nx run upstream:record-equivalence --release=${pinName(release)} ` +
    `--variant=${higher.variant} --to=${lower.variant}`;
  const what = 'identical machine code under two names, which the pin does not record';
  return [error(place, `${what}. If upstream has nothing to tell them apart: ${command}`)];
}

/** Modules that one of the two does not have, or has with other code. */
function differences(a: ComparedWheel, b: ComparedWheel): string[] {
  const [left, right] = [a, b].map(
    ({ modules }) => new Map(modules.map(({ file, codeSha256 }) => [plain(file), codeSha256])),
  );
  const files = new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])]);
  return [...files].filter((file) => left?.get(file) !== right?.get(file));
}

/**
 * Vendored libraries lie in a folder named after the distribution, and from 0.18 on upstream's
 * kernel module has a name for each level: the same code under two of them is the same code.
 */
function plain(file: string): string {
  return file
    .replace(/^[^/]+\.libs\//, '.libs/')
    .replace(/^[^/]+\.data\//, '.data/')
    .replace(/^vllm\/_C_AVX\w+\./, 'vllm/_C.');
}
