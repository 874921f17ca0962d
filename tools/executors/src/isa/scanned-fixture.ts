import { createFixtures } from '../elf/compiled-fixture.ts';
import { parseElf } from '../elf/elf-file.ts';
import { X86_64_BASELINE } from '../variant/features.ts';
import type { FeatureUse, InstructionScan } from './scan-result.ts';
import { scanInstructionSets } from './scan.ts';

/** Compiles source for a spec and scans what came out. */
export function createScans() {
  const fixtures = createFixtures();
  const scan = (name: string, allowed: readonly string[] = X86_64_BASELINE): InstructionScan => {
    const result = scanInstructionSets(parseElf(fixtures.read(name), name), { allowed });
    if (!result) throw new Error('not a machine that is scanned');
    return result;
  };
  const scanned = async (name: string, source: string, flags: string[] = []) => {
    await fixtures.compile(name, source, ['-shared', '-fPIC', '-O1', ...flags]);
    return scan(name);
  };
  return { fixtures, scan, scanned };
}

/** The features that the function of this name uses. */
export function features(uses: readonly FeatureUse[], name: string): string[] {
  return uses
    .filter((use) => use.function === name)
    .map(({ feature }) => feature)
    .sort();
}
