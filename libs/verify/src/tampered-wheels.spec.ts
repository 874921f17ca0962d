import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOTHING_ALLOWED } from './gates/allow.ts';
import type { Allowances } from './gates/allow.ts';
import type { Release } from '@vllm-cpu/sources/release';
import { createRunner } from '@vllm-cpu/system/run';
import { fixtureRelease, realVariants } from '@vllm-cpu/testing/package-fixture';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { makeZip } from '@vllm-cpu/testing/zip-fixture';
import { ARCHIVE_FAULTS } from '@vllm-cpu/testing/archive-faults';
import { CODE_FAULTS } from '@vllm-cpu/testing/code-faults';
import type { Case } from '@vllm-cpu/testing/faults';
import { HIDDEN_CODE_FAULTS } from '@vllm-cpu/testing/hidden-code-faults';
import { LOOSE_CODE_FAULTS, withSplitFile } from '@vllm-cpu/testing/loose-code-faults';
import { METADATA_FAULTS } from '@vllm-cpu/testing/metadata-faults';
import { PLATFORM_FAULTS } from '@vllm-cpu/testing/platform-faults';
import { SOUND } from '@vllm-cpu/testing/sound-wheels';
import type { Report } from '@vllm-cpu/report/report';
import { WheelWorkshop } from '@vllm-cpu/testing/wheel-workshop';
import type { WheelParts } from '@vllm-cpu/testing/wheel-workshop';
import { verifyWheel } from './verify-wheel.ts';

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
});
afterAll(() => workshop.close(), 60_000);

const variants = realVariants();

async function verify(
  parts: WheelParts,
  release: Release = fixtureRelease(),
  allow: Allowances = NOTHING_ALLOWED,
): Promise<Report> {
  return await verifyWheel({
    wheelPath: await workshop.write(parts),
    variant: parts.variant,
    release,
    platform: 'linux-x86_64',
    variants,
    allow,
    strict: false,
    runner: createRunner(),
    // No twine here: what a check finds must not depend on the machine.
    env: { ...FIXTURE_ENV, PATH: '/usr/bin:/bin' },
    workDir: workshop.folder,
  });
}

function failures(report: Report): string[] {
  return report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

function errors(report: Report): string {
  return report.checks
    .flatMap(({ findings }) => findings)
    .filter(({ level }) => level === 'error')
    .map(({ place, message }) => `${place}: ${message}`)
    .join('\n');
}

/** A busy machine compiles slowly. */
const TIMEOUT = 60_000;

const CASES: readonly Case[] = [
  ...CODE_FAULTS,
  ...HIDDEN_CODE_FAULTS,
  ...LOOSE_CODE_FAULTS,
  ...PLATFORM_FAULTS,
  ...ARCHIVE_FAULTS,
  ...METADATA_FAULTS,
];

describe('a wheel with one fault', () => {
  it.each(CASES.map((tampered) => [tampered.fault, tampered] as const))(
    '%s is refused by the right check, which names the place',
    async (_, { variant, breaks, release, by, says }) => {
      const parts = await workshop.sound(variant);
      await breaks(parts, workshop);
      const report = await verify(parts, fixtureRelease(release));
      expect(errors(report)).toMatch(says);
      expect(failures(report)).toEqual(by);
      expect(report.ok).toBe(false);
    },
    TIMEOUT,
  );
});

describe('a wheel without a fault', () => {
  const cases = SOUND.map(([what, make, release]) => [what, { make, release }] as const);
  it.each(cases)(
    '%s is not refused',
    async (_, { make, release }) => {
      const report = await verify(await make(workshop), fixtureRelease(release));
      expect(errors(report)).toBe('');
      expect(report.ok).toBe(true);
    },
    TIMEOUT,
  );

  it('that holds packed files is not refused, but what is in them does not pass', async () => {
    const parts = await workshop.sound();
    const content = await workshop.compile('void one(void) {}');
    parts.files['vllm/data/model.dat'] = makeZip({ entries: [{ name: 'one.so', content }] });
    parts.files['vllm/data/model'] = gzipSync(content);
    await withSplitFile('vllm/data/split', gzipSync(content))(parts, workshop);
    const report = await verify(parts);
    const check = report.checks.find(({ name }) => name === 'instruction-sets');
    expect(check).toMatchObject({ status: 'not-run', figure: expect.stringMatching(/ 0 uses/) });
    expect(check?.findings.filter(({ level }) => level === 'warning')).toEqual([
      {
        level: 'warning',
        place: parts.fileName,
        message:
          'packed, so what is in it was not judged: vllm/data/model.dat (zip), vllm/data/model (gzip), vllm/data/split (gzip)',
      },
    ]);
    expect(report.ok).toBe(true);

    const review = { distribution: '*', reviewedBy: 'me', reviewedOn: '2026-11-21' };
    const reason = 'unpacked by hand: weights, no code';
    const unjudged = ['vllm/data/*.dat', 'vllm/data/model', 'vllm/data/split'].map((file) => ({
      ...review,
      file,
      reason,
    }));
    const reviewed = await verify(parts, fixtureRelease(), { entries: [], unjudged });
    expect(reviewed.checks.find(({ name }) => name === 'instruction-sets')).toMatchObject({
      status: 'passed',
      findings: expect.arrayContaining([
        expect.objectContaining({ level: 'note', message: expect.stringContaining(reason) }),
      ]),
    });
  });

  it('shows its recorded equivalence in the report', async () => {
    const [, make, release] = SOUND.find(([what]) => what === 'a recorded equivalence') ?? [];
    const report = make && (await verify(await make(workshop), fixtureRelease(release)));
    expect(report?.equivalentTo).toBe('avx512');
  });
});
