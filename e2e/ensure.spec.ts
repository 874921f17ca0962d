import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { attemptsFile, attemptsSchema } from '@vllm-cpu/sources/attempts';
import { findProgram } from '@vllm-cpu/system/programs';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { keepVariants } from './support/history.ts';
import { interpreterOf } from './support/interpreter.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;

/** Two levels and the wheel of both show what happens to a variant that fails and to others. */
const LEVELS = ['noavx512', 'avx512'] as const;

const made = clones();
let clone: Clone;
let env: Record<string, string>;
let repaired: string;

/**
 * A g++ that gives the base level's code AVX-512 until `repaired` is there, as broken memory or a wrong patch
 * would; the compiler's own bytes, and so the key, stay what they are.
 */
function brokenCompiler(folder: string): void {
  const real = findProgram('g++', process.env['PATH']) ?? '';
  const script = [
    '#!/bin/sh',
    'case "$*" in *-mavx512*) ;; *-mavx2*) [ -e ' +
      repaired +
      ' ] || set -- "$@" -mavx512f -mprefer-vector-width=512 -O3 ;; esac',
    `exec ${real} "$@"`,
  ];
  for (const name of ['g++', 'c++']) {
    writeFileSync(join(folder, name), `${script.join('\n')}\n`);
    chmodSync(join(folder, name), 0o755);
  }
}

beforeAll(async () => {
  clone = await made.make();
  const python = await interpreterOf(clone);
  keepVariants(clone, [...LEVELS, 'universal']);
  const sum = join(clone.root, 'packages/variant-universal/variant.json');
  const text = readFileSync(sum, 'utf8');
  writeFileSync(sum, text.replace(/"levels": .*/, `"levels": ${JSON.stringify(LEVELS)}`));
  const folder = await made.folder('compiler');
  repaired = join(folder, 'repaired');
  brokenCompiler(folder);
  env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    // A cache of its own: the broken objects are not for other tests.
    VLLM_CPU_WORKSPACE: await made.folder('workspace'),
    VLLM_CPU_PYTHON: python,
  };
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

const ensure = (...words: string[]) =>
  clone.start(
    ['run', 'wheels:ensure', '--releases=sample', '--output-style=stream', ...words],
    env,
  );
const record = () =>
  attemptsSchema.parse(JSON.parse(readFileSync(join(clone.root, attemptsFile('sample')), 'utf8')))
    .variants['noavx512'];

describe('wheels:build-verified', () => {
  it(
    'builds a fresh wheel again, without what the compiler cache has of it, until one passes',
    async () => {
      const run = ensure('--rebuilds=1');
      await run.saw(/attempt 2: building noavx512.* again/);
      writeFileSync(repaired, '');
      const { exitCode, output } = await run.ended;
      expect(exitCode === 0 ? '' : output).toBe('');
      expect(output).not.toContain('\x1b[');
      expect(output).toContain('noavx512: attempt 2 passed');
      expect(output).toContain('avx512: attempt 1 passed');
      expect(output).toContain('universal: attempt 1 passed');
      const [first, second] = record()?.attempts ?? [];
      expect(first?.findings.join()).toMatch(/instruction-sets: .*avx512f/);
      expect(second).toMatchObject({ ok: true, findings: [] });
      for (const attempt of [first, second]) {
        expect(existsSync(join(clone.root, attempt?.kept ?? '', 'verify/report.json'))).toBe(true);
      }
    },
    TIMEOUT,
  );

  it(
    'has the standing attempt verified and published by the commands that follow',
    async () => {
      const { exitCode, output, ran } = await clone.nx(
        ['run', 'variant-noavx512:verify-sample', '--output-style=stream'],
        env,
      );
      expect(exitCode === 0 ? '' : output).toBe('');
      expect(ran).toEqual([]);
    },
    TIMEOUT,
  );
});
