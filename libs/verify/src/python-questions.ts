import { CPU_QUESTION_HINT, findCpuQuestions } from '@vllm-cpu/sources/cpu-questions';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What one Python file of a wheel asks about the CPU. */
export interface PythonQuestions {
  /** All of them, capped or not. */
  found: number;
  /** Those that the wheel's level does not answer first. */
  uncapped: readonly string[];
  /** Where the form or the name of a question is not known. */
  problem?: string;
}

/** Stands before a question that the level answers; see package/level-cap.ts. */
const CAP = /_vllm_cpu_level\.(?:[A-Z0-9_]+\s+and\s+|capped\(\s*)$/;

/** The questions of one file; undefined where it has none. */
export function pythonQuestions(content: Buffer, file: string): PythonQuestions | undefined {
  // Most files have none, and Latin-1 is read in a quarter of the time that UTF-8 takes.
  if (!CPU_QUESTION_HINT.test(content.toString('latin1'))) return undefined;
  const text = content.toString('utf8');
  try {
    const questions = findCpuQuestions(text, file);
    if (questions.length === 0) return undefined;
    const uncapped = questions.filter(({ start }) => !CAP.test(text.slice(0, start)));
    return { found: questions.length, uncapped: uncapped.map(({ name }) => name) };
  } catch (error) {
    if (!(error instanceof VllmCpuError)) throw error;
    return { found: 0, uncapped: [], problem: error.what };
  }
}
