import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { generatedFiles } from '../scripts/generate-table.ts';
import { PROJECT } from '../test/python.ts';
import { VARIANTS, VERSION } from './table.ts';

const packages = path.resolve(PROJECT, '..');

function read<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}

describe('the generated files', () => {
  it('are those that the variants and data give now: nx run cpu-detect:generate', async () => {
    for (const [file, text] of Object.entries(await generatedFiles())) {
      expect({ file, text: fs.readFileSync(path.join(PROJECT, file), 'utf8') }).toEqual({
        file,
        text,
      });
    }
  });

  it('hold every variant.json with what it requires', () => {
    const names = fs.readdirSync(packages).filter((name) => name.startsWith('variant-'));
    expect(VARIANTS).toHaveLength(names.length);
    for (const name of names) {
      const variant = read<{
        distribution: string;
        platforms: Record<string, { requires: string[] }>;
      }>(path.join(packages, name, 'variant.json'));
      const entry = VARIANTS.find(({ distribution }) => distribution === variant.distribution);
      for (const [platform, { requires }] of Object.entries(variant.platforms)) {
        expect(entry?.requires[platform]).toEqual(requires);
      }
    }
  });

  it('are in order: a higher rank needs everything that a lower one does', () => {
    const x86 = VARIANTS.flatMap(({ requires }) => {
      const needed = requires['linux-x86_64'];
      return needed ? [needed] : [];
    });
    for (const [index, needed] of x86.slice(1).entries()) {
      expect((x86[index] ?? []).filter((feature) => !needed.includes(feature))).toEqual([]);
    }
  });

  it('have one version, that of package.json', () => {
    expect(VERSION).toBe(read<{ version: string }>(path.join(PROJECT, 'package.json')).version);
  });
});
