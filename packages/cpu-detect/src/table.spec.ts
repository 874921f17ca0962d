import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { generatedFiles } from '../scripts/generate-table.ts';
import { PROJECT } from '../test/python.ts';

describe('the generated files', () => {
  it('are those that variants, releases, schema and data give now: nx run cpu-detect:generate', async () => {
    for (const [file, text] of Object.entries(await generatedFiles())) {
      expect({ file, text: fs.readFileSync(path.join(PROJECT, file), 'utf8') }).toEqual({
        file,
        text,
      });
    }
  });
});
