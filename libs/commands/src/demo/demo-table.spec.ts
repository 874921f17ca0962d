import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { demoTable } from './demo-table.ts';

const REPOSITORY = join(import.meta.dirname, '../../../..');

describe('the table of the demo', () => {
  const folder = temporaryFolders();
  const built = (features: readonly string[]) => {
    const root = folder();
    const sample = join(root, 'dist/variant-a/sample');
    mkdirSync(join(sample, 'build'), { recursive: true });
    mkdirSync(join(sample, 'verify'));
    writeFileSync(join(sample, 'build/a-1-cp38-abi3-linux_x86_64.whl'), Buffer.alloc(2_048));
    const histogram = Object.fromEntries(features.map((name) => [name, 1]));
    writeFileSync(join(sample, 'verify/report.json'), JSON.stringify({ modules: [{ histogram }] }));
    return root;
  };
  const lastLine = (root: string, lacking: string[] = []) =>
    demoTable(root, [{ project: 'variant-a', distribution: 'a', sum: false, lacking }])
      .split('\n')
      .at(-1);

  it('says what was built, what the disassembly saw, and whether it runs here', () => {
    const line = lastLine(built(['avx2', 'avx512bw', 'avx512f', 'amx_tile']), ['amx_tile']);
    expect(line).toBe('a        2 KiB  AVX2, AVX-512, AMX      no: it has no amx_tile');
  });

  it('says what was not built, and not verified', () => {
    expect(lastLine(folder())).toMatch(/^a +not built +not verified +yes$/);
  });

  it('has a word for what each variant proves', () => {
    for (const { name, platforms } of loadVariants(REPOSITORY)) {
      for (const { proves } of Object.values(platforms).filter((level) => level !== undefined)) {
        const line = lastLine(built(proves));
        expect(`${name}: ${line}`).not.toContain('the baseline only');
      }
    }
  });
});
