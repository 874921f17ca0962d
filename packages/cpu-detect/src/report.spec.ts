import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from '@jest/globals';
import { PROJECT } from '../test/python.ts';
import { writeSites } from '../test/sites.ts';
import { detectOptions, readVectors } from '../test/vectors.ts';
import { run } from './cli.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-report-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

const schema: unknown = JSON.parse(
  fs.readFileSync(path.join(PROJECT, 'schema/report.schema.json'), 'utf8'),
);
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema as object);

function problems(stdout: string): unknown {
  validate(JSON.parse(stdout));
  return validate.errors ?? [];
}

describe('report.schema.json', () => {
  it('describes the report of every vector, with and without advice', () => {
    for (const vector of readVectors()) {
      const detected = detectOptions(vector);
      for (const argv of [['--json'], ['--serve', 'a/b-8B', '--json']]) {
        const { stdout } = run(argv, { terminal: false, detected });
        expect({ file: vector.file, problems: problems(stdout) }).toEqual({
          file: vector.file,
          problems: [],
        });
      }
    }
  });

  it('describes the report of --check', () => {
    for (const site of Object.values(writeSites(scratch))) {
      const argv = ['--check', '--json', '--site-packages', site];
      expect(problems(run(argv, { terminal: false }).stdout)).toEqual([]);
    }
  });

  it('refuses what is no report', () => {
    expect(problems('{"schema": 2}')).not.toEqual([]);
  });
});
