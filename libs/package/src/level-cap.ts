import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CAPABILITIES,
  CPU_QUESTIONS,
  findCpuQuestions,
  type CpuQuestion,
} from '@vllm-cpu/sources/cpu-questions';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isSum } from '@vllm-cpu/variant/sums';
import { withFirstStatement } from './first-statement.ts';
import type { PackagePlan } from './plan.ts';
import type { Work } from './work.ts';

/** Its place in the wheel; it answers for the level whose kernels are loaded. */
export const LEVEL_MODULE = 'vllm/_vllm_cpu_level.py';

/** Imported by all that works with a device: of a wheel whose Python asks nothing it says the level. */
const PLATFORMS_MODULE = 'vllm/platforms/__init__.py';

const IMPORT = 'from vllm import _vllm_cpu_level\n';

/** Whether a wheel has the module: to answer questions, or to say which of its levels was chosen. */
export function hasLevelModule({ release, variant }: PackagePlan): boolean {
  return release.source.cpuQuestions !== undefined || isSum(variant);
}

/**
 * Puts the wheel's level before every question that the unpacked Python asks about the CPU:
 * `torch.cpu._is_amx_tile_supported()` becomes `(_vllm_cpu_level.AMX_TILE and torch.cpu._is_...())`.
 * vLLM chooses kernels by the CPU, and the wheel has those of one level. How many questions there
 * are is in the pin (`cpuQuestions`); a release up to 0.14 has none there and stays as it is.
 * @throws VllmCpuError CPU_QUESTIONS_DIFFER, CPU_QUESTION_UNKNOWN, CPU_QUESTION_FORM
 */
export async function capQuestions(work: Work): Promise<void> {
  const pinned = work.plan.release.source.cpuQuestions;
  if (pinned === undefined) return isSum(work.plan.variant) ? sayLevel(work) : undefined;
  const counts: [file: string, questions: number][] = [];
  for (const { name } of work.wheel.files) {
    if (!name.startsWith('vllm/') || !name.endsWith('.py')) continue;
    const path = join(work.wheel.root, name);
    const text = await readFile(path, 'utf8');
    const questions = findCpuQuestions(text, name);
    if (questions.length === 0) continue;
    counts.push([name, questions.length]);
    await writeFile(path, capped(text, questions, name));
  }
  const found = counts.reduce((sum, [, count]) => sum + count, 0);
  if (found !== pinned) throw questionsDiffer(work, found, pinned, counts);
  work.report(`capped ${found} questions about the CPU in ${counts.length} files`);
}

async function sayLevel({ wheel }: Work): Promise<void> {
  const path = join(wheel.root, PLATFORMS_MODULE);
  const text = await readFile(path, 'utf8');
  await writeFile(path, withFirstStatement(text, IMPORT, PLATFORMS_MODULE));
}

/** One file with the level before each question, and the module that knows it imported. */
export function capped(text: string, questions: readonly CpuQuestion[], file: string): string {
  let result = '';
  let at = 0;
  for (const { name, start, end } of questions) {
    result += text.slice(at, start) + cappedQuestion(name, text.slice(start, end));
    at = end;
  }
  return withFirstStatement(result + text.slice(at), IMPORT, file);
}

function cappedQuestion(name: string, question: string): string {
  if (name === CAPABILITIES) return `_vllm_cpu_level.capped(${question})`;
  return `(_vllm_cpu_level.${(CPU_QUESTIONS[name] ?? '').toUpperCase()} and ${question})`;
}

function questionsDiffer(
  work: Work,
  found: number,
  pinned: number,
  counts: readonly [file: string, questions: number][],
): VllmCpuError {
  const files = counts.map(([file, count]) => `${file} ${count}`).join(', ');
  return new VllmCpuError({
    code: 'CPU_QUESTIONS_DIFFER',
    what: `found ${found} CPU queries in the Python code of ${work.plan.compiledWheel}, but the pin of ${work.plan.release.version} records ${pinned}`,
    why: `A query without the level cap could select kernels that the wheel does not contain. Found: ${files || 'none'}.`,
    next: 'If the source is correct, pin the release again: npx nx run upstream:pin --releases=<version>',
  });
}
