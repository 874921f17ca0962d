import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GUARD_TABLE, guardTable, type GuardFacts } from '../package/guard/guard-table.ts';
import { LEVEL_MODULE } from '../package/level-cap.ts';
import { CPU_GUARD_MODULE, CPU_LEVEL_MODULE } from '../package/stage-files.ts';
import { createRunner, type Finished } from '../system/run.ts';
import type { Platform } from '../variant/features.ts';
import { realVariants } from './package-fixture.ts';
import { FIXTURE_ENV } from './wheel-fixture.ts';

/** The folder `site` with a package `vllm` that is the guard of one wheel alone. */
export async function guardSite(
  site: string,
  distribution: string,
  platform: Platform = 'linux-x86_64',
  changes: Partial<GuardFacts> = {},
): Promise<string> {
  await mkdir(join(site, 'vllm'), { recursive: true });
  const table = guardTable({
    distribution,
    version: '0.12.0.post1',
    release: '0.12.0',
    platform,
    variants: realVariants(),
    equivalences: [],
    ...changes,
  });
  await writeFile(join(site, GUARD_TABLE), table);
  await writeFile(join(site, 'vllm/__init__.py'), '');
  await copyFile(CPU_GUARD_MODULE, join(site, 'vllm/_cpu_guard.py'));
  await copyFile(CPU_LEVEL_MODULE, join(site, LEVEL_MODULE));
  return site;
}

/** What `python3 -c program` with `site` on its path did. */
export async function pythonRun(
  site: string,
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const whole = { ...FIXTURE_ENV, PYTHONPATH: site, PYTHONDONTWRITEBYTECODE: '1', ...env };
  return createRunner().try({ argv: ['python3', '-c', program], env: whole });
}

/** What it printed; a program that fails is an error. */
export async function pythonOutput(site: string, program: string): Promise<string> {
  const done = await pythonRun(site, program);
  if (done.exitCode === 0) return done.stdout.trim();
  throw new Error(`python3 ended with ${done.exitCode}: ${done.stderr}`);
}
