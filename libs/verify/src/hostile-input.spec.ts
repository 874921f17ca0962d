import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_ALLOWED } from './gates/allow.ts';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';
import { fixtureRelease, realVariant, realVariants } from '@vllm-cpu/testing/package-fixture';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { readModule } from './facts/module-facts.ts';
import { reportSchema } from '@vllm-cpu/report/report';
import { moduleSource, WheelWorkshop, witnesses } from '@vllm-cpu/testing/wheel-workshop';
import { verifyWheel } from './verify-wheel.ts';

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
});
afterAll(() => workshop.close(), 60_000);

/** Seeded: a failure comes again. Bounded: the suite's time is shared. */
const SEED = 20_261_121;
const SECONDS = 1000;
const MEMORY = 1024 * 1024 * 1024;

/** Parsers are tried here, not c++filt and twine. */
async function notStarted(): Promise<never> {
  throw new VllmCpuError({ code: 'PROGRAM_NOT_STARTED', what: 'no programs here', next: 'Go on.' });
}
const NO_PROGRAMS: Runner = { try: notStarted, run: notStarted };

/** True until the time of one property is used up; later runs then end at once. */
function clock(seconds: number): () => boolean {
  const end = performance.now() + seconds * SECONDS;
  return () => performance.now() < end;
}

/** Bytes that look like sizes and offsets are worth more than random ones. */
const interesting = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0x10, 0x40);
const mutations = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: interesting,
    length: fc.nat(8),
  }),
  { minLength: 1, maxLength: 12 },
);

function mutate(
  original: Uint8Array,
  changes: readonly { at: number; byte: number; length: number }[],
  within: readonly (readonly [start: number, end: number])[],
): Buffer {
  const bytes = Buffer.from(original);
  changes.forEach(({ at, byte, length }, index) => {
    const [start, end] = within[index % within.length] ?? [0, bytes.length];
    const place = Math.min(bytes.length - 1, Math.floor(start + at * (end - start)));
    bytes.fill(byte, place, Math.min(bytes.length, place + length + 1));
  });
  return bytes;
}

describe('mutated input ends in a typed error or a report', () => {
  it(
    'for ELF files: headers, tables and code',
    async () => {
      const source = moduleSource(witnesses(realVariant('amxbf16')));
      const modules = [
        await workshop.compile(source, ['-g']),
        await workshop.compile(source, ['-s']),
        await workshop.compile(source, ['-c']),
      ];
      const before = process.memoryUsage().rss;
      const hasTime = clock(20);
      const property = fc.property(fc.nat(2), mutations, fc.nat(3), (which, changes, area) => {
        if (!hasTime()) return;
        const original = modules[which] ?? Buffer.alloc(0);
        const end = original.length;
        const areas = [
          [[0, 64]],
          [[64, 1024]],
          [[Math.max(0, end - 64 * 40), end]],
          [[0, end]],
        ] as const;
        const started = performance.now();
        const read = readModule(mutate(original, changes, areas[area] ?? []), 'm.so', ['avx']);
        expect('problem' in read ? read.problem : read.name).toContain('m.so');
        expect(performance.now() - started).toBeLessThan(5 * SECONDS);
      });
      fc.assert(property, { seed: SEED, numRuns: 1500 });
      expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY);
    },
    60 * SECONDS,
  );

  it(
    'for wheels: archive, metadata, RECORD and modules',
    async () => {
      const parts = await workshop.sound();
      const original = workshop.bytes(parts);
      const path = join(workshop.folder, parts.fileName);
      const hasTime = clock(20);
      const property = fc.asyncProperty(mutations, fc.nat(2), async (changes, area) => {
        if (!hasTime()) return;
        const end = original.length;
        const areas = [[[0, 200]], [[end - 1500, end]], [[0, end]]] as const;
        writeFileSync(path, mutate(original, changes, areas[area] ?? []));
        const started = performance.now();
        const report = await verifyWheel({
          wheelPath: path,
          variant: realVariant('noavx512'),
          release: fixtureRelease(),
          platform: 'linux-x86_64',
          variants: realVariants(),
          allow: NOTHING_ALLOWED,
          strict: false,
          runner: NO_PROGRAMS,
          env: { ...FIXTURE_ENV, PATH: '/usr/bin:/bin' },
          workDir: workshop.folder,
        });
        reportSchema.parse(report);
        expect(performance.now() - started).toBeLessThan(5 * SECONDS);
      });
      await fc.assert(property, { seed: SEED, numRuns: 400 });
    },
    60 * SECONDS,
  );

  it(
    'for the texts of a wheel',
    async () => {
      const { fileName } = await workshop.sound();
      const path = join(workshop.folder, fileName);
      const texts = fc.record({
        METADATA: fc.string({ unit: 'binary', maxLength: 400 }),
        WHEEL: fc.string({ unit: 'grapheme', maxLength: 200 }),
        prefix: fc.boolean(),
      });
      const hasTime = clock(15);
      const property = fc.asyncProperty(texts, async ({ METADATA, WHEEL, prefix }) => {
        if (!hasTime()) return;
        const parts = await workshop.sound();
        const own = (name: string): string =>
          prefix ? String(parts.files[`${parts.distInfo}/${name}`]) : '';
        parts.files[`${parts.distInfo}/METADATA`] = own('METADATA') + METADATA;
        parts.files[`${parts.distInfo}/WHEEL`] = own('WHEEL') + WHEEL;
        writeFileSync(path, workshop.bytes(parts));
        const report = await verifyWheel({
          wheelPath: path,
          variant: parts.variant,
          platform: 'linux-x86_64',
          variants: realVariants(),
          allow: NOTHING_ALLOWED,
          strict: false,
          runner: NO_PROGRAMS,
          env: { ...FIXTURE_ENV, PATH: '/usr/bin:/bin' },
          workDir: workshop.folder,
        });
        reportSchema.parse(report);
      });
      await fc.assert(property, { seed: SEED, numRuns: 150 });
    },
    60 * SECONDS,
  );
});
