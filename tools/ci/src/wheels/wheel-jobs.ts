import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { PLATFORMS } from '@vllm-cpu/variant/features';
import { ROOT } from '../root.ts';

/**
 * What the jobs of one wheel hand on, each in a folder that is an artifact: `built` (wheel and manifest),
 * `verified` (and its report), `proven` (installed and imported on every Python), and `state`, a small
 * file per wheel and stage that is there when the stage failed as well.
 */
export function folderOf(stage: string): string {
  return join(ROOT, 'dist', 'ci', stage);
}

export const STAGES = ['build', 'verify', 'install'] as const;
export type StageName = (typeof STAGES)[number];

/** Files of a folder that end like this, absolute and sorted; none where it does not exist. */
export function filesIn(folder: string, ending: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(ending));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The one wheel in a folder; `next` says where it comes from. @throws VllmCpuError NOT_ONE_WHEEL */
export function theWheelIn(folder: string, next: string): string {
  const [wheel, ...others] = filesIn(folder, '.whl');
  if (wheel && others.length === 0) return wheel;
  throw new VllmCpuError({
    code: 'NOT_ONE_WHEEL',
    what: `expected one wheel in ${folder}, found ${wheel ? others.length + 1 : 0}`,
    why: 'The stage before this one leaves exactly one wheel there.',
    next,
  });
}

/** The folder of a stage, empty. */
export function emptyFolderOf(name: string): string {
  rmSync(folderOf(name), { recursive: true, force: true });
  mkdirSync(folderOf(name), { recursive: true });
  return folderOf(name);
}

/** Leaves what one stage left for the next as well. */
export function handOn(from: string, to: string): void {
  cpSync(folderOf(from), emptyFolderOf(to), { recursive: true });
}

const stateSchema = z.looseObject({
  id: z.string(),
  stage: z.enum(STAGES),
  ok: z.boolean(),
  seconds: z.number().default(0),
  reason: z.string().optional(),
  /** Of a build: the wheel. */
  file: z.string().optional(),
});

export type StageState = z.infer<typeof stateSchema>;

/**
 * Runs a stage of the wheel `id` and leaves its state: whether it went well, how long it took, and what
 * `action` resolved to. A stage that ended early has a state that says so, too.
 */
export async function stage(
  name: StageName,
  id: string,
  action: () => Promise<object>,
): Promise<undefined> {
  const started = Date.now();
  const leave = (facts: object): void => {
    mkdirSync(folderOf('state'), { recursive: true });
    const seconds = Math.round((Date.now() - started) / 1000);
    const file = join(folderOf('state'), `${name}-${id}.json`);
    const state = { id, stage: name, ok: false, seconds, ...facts };
    writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`);
  };
  leave({});
  try {
    leave({ ok: true, ...(await action()) });
  } catch (error) {
    const text = error instanceof VllmCpuError ? error.what : (error as Error).message;
    leave({ reason: text.split('\n')[0] });
    throw error;
  }
}

/** Every state that was left, in any order. */
export function readStates(): StageState[] {
  return filesIn(folderOf('state'), '.json').map((file) =>
    parseJson(readFileSync(file, 'utf8'), stateSchema, file),
  );
}

/** One wheel of a plan: the job that builds it. */
const jobSchema = z.looseObject({
  id: z.string(),
  variant: z.string(),
  project: z.string(),
  release: z.string(),
  version: z.string(),
  platform: z.enum(PLATFORMS),
  python: z.string().default(''),
  suffix: z.string().default(''),
});

export type WheelJob = z.infer<typeof jobSchema>;

/** The matrix of a plan, as plan-release wrote it. */
export function readMatrix(text: string): WheelJob[] {
  return parseJson(text, z.looseObject({ include: z.array(jobSchema) }), 'MATRIX').include;
}
