import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from '@jest/globals';
import { EXECUTOR_OPTIONS, generatedSchemas } from './generated-schemas.ts';

const PACKAGE = join(import.meta.dirname, '../..');
const REPOSITORY = join(PACKAGE, '../..');
const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

interface Executor {
  implementation: string;
  schema: string;
  hasher?: string;
  description: string;
}
const { executors } = json(join(PACKAGE, 'executors.json')) as {
  executors: Record<string, Executor>;
};
const names = Object.keys(executors);

describe('the schemas of executors and data files', () => {
  it.each([...generatedSchemas()])('%s is what the model generates', (path, text) => {
    expect(json(join(PACKAGE, path))).toEqual(JSON.parse(text));
  });

  it('belong to executors that exist, one each', () => {
    expect(Object.keys(EXECUTOR_OPTIONS).sort()).toEqual([...names].sort());
    const generated = [...generatedSchemas().keys()].filter((path) => path.startsWith('src/'));
    const named = names.map((name) => executors[name]?.schema.replace(/^\.\//, ''));
    expect(generated.sort()).toEqual(named.sort());
  });

  it('of data files are all generated: none lies about from an earlier name', () => {
    const files = readdirSync(join(PACKAGE, 'schemas')).map((file) => `schemas/${file}`);
    expect(files.sort()).toEqual(
      [...generatedSchemas().keys()].filter((path) => path.startsWith('schemas/')).sort(),
    );
  });
});

describe.each(names)('the executor %s', (name) => {
  const executor = executors[name] as Executor;
  const schema = json(join(PACKAGE, executor.schema)) as {
    required?: string[];
    properties: Record<string, { description?: string; type?: string; oneOf?: unknown[] }>;
  };
  const needed = Object.fromEntries((schema.required ?? []).map((option) => [option, 'x']));

  it('has its files and says what it does', () => {
    for (const file of [executor.implementation, executor.hasher].filter(
      (each) => each !== undefined,
    )) {
      const [path = '', exported = ''] = file.split('#');
      const module = createRequire(import.meta.url)(join(PACKAGE, path)) as Record<string, unknown>;
      expect(module[exported]).toBeInstanceOf(Function);
    }
    expect(executor.description.length).toBeGreaterThan(20);
  });

  it('explains every option in its help', () => {
    const silent = Object.entries(schema.properties).filter(
      ([, { description, type, oneOf }]) => !description || !(type ?? oneOf),
    );
    expect(silent.map(([option]) => option)).toEqual([]);
  });

  it('says the default of every option that takes a value and may be left out', () => {
    const silent = Object.entries(schema.properties).filter(
      ([option, { description, type }]) =>
        type !== 'boolean' &&
        !schema.required?.includes(option) &&
        !/default: |set by the plugin/.test(description ?? ''),
    );
    expect(silent.map(([option]) => option)).toEqual([]);
  });

  // The executor behind old names gets the options of the target that runs instead.
  if (name === 'renamed') return;

  it('leaves the refusal of an unknown option to the model, whose error names those that there are', () => {
    const wrong = { ...needed, maxJob: 2 };
    // Nx's own schema marker is no meta-schema that a validator knows.
    const draft = { ...schema, $schema: undefined };
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(
      JSON.parse(JSON.stringify(draft)) as object,
    );
    expect(validate(wrong)).toBe(true);
    const parsed = EXECUTOR_OPTIONS[name]?.safeParse(wrong);
    expect(parsed?.success).toBe(false);
    expect(parsed?.error?.message).toContain('maxJob');
  });
});

describe('the options of compile', () => {
  const subject = { variant: 'avx512', release: 'sample' };

  it.each([0, -1, 'x', 1.5])('refuse %p jobs', (maxJobs) => {
    expect(EXECUTOR_OPTIONS['compile']?.safeParse({ ...subject, maxJobs }).success).toBe(false);
  });

  it('accept the jobs that are asked for', () => {
    expect(EXECUTOR_OPTIONS['compile']?.safeParse({ ...subject, maxJobs: 2 }).success).toBe(true);
  });
});

describe('the data files of this repository', () => {
  it.each(['noavx512', 'avx512', 'avx512vnni', 'avx512bf16', 'amxbf16'])(
    'agree with their schema as an editor checks it: variant-%s',
    (name) => {
      const validate = new Ajv({ strict: false, validateFormats: false }).compile(
        json(join(PACKAGE, 'schemas/variant.schema.json')) as object,
      );
      const variant = json(join(REPOSITORY, `packages/variant-${name}/variant.json`)) as object;
      expect(validate(variant)).toBe(true);
      expect(validate({ ...variant, sumary: 'typo' })).toBe(false);
    },
  );
});
