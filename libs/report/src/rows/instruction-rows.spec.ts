import { describe, expect, it } from '@jest/globals';
import { aReport, aReportModule } from '@vllm-cpu/testing/report-fixture';
import { instructionRows } from './instruction-rows.ts';

/** The features of a module, by what they are to its level. */
function kinds(
  requires: string[] | null,
  change: Parameters<typeof aReportModule>[0],
): Record<string, string> {
  const rows = instructionRows(aReportModule(change), aReport({ requires }));
  return Object.fromEntries(rows.map(({ feature, kind }) => [feature, kind]));
}

const asked = (features: string[]) => ({ asked: features, askedPerKernel: [], unasked: [] });
const histogram = { avx2: 5, avx512f: 69, amx_tile: 3 };

describe('the instruction sets of a module', () => {
  it('are of its level where the wheel requires them, and beyond it otherwise', () => {
    expect(kinds(['avx2', 'avx512f'], { histogram })).toEqual({
      ...{ avx2: 'base', avx512f: 'level', amx_tile: 'beyond' },
    });
  });

  it('are of its level where it is loaded only on CPUs that have them', () => {
    const gate = asked(['avx512f', 'amx_tile']);
    const file = 'vllm/_cpu_levels/amxbf16/_C.abi3.so';
    expect(kinds(['avx2'], { file, histogram, gate })).toEqual({
      ...{ avx2: 'base', avx512f: 'level', amx_tile: 'level' },
    });
    expect(kinds(['avx2'], { file, histogram, gate: asked(['avx512f']) })).toMatchObject({
      amx_tile: 'beyond',
    });
  });
});
