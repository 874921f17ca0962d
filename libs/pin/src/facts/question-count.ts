import { CPU_QUESTION_HINT, findCpuQuestions } from '@vllm-cpu/sources/cpu-questions';
import { requiredText } from '../release/release-files.ts';
import type { ReleaseFiles } from '../release/release-files.ts';

/**
 * Writes the dispatch of the attention kernels since 0.15.0. From there on a kernel that the module does
 * not have is an error, so Python must not ask for it; before, the next lower one was taken.
 */
const DISPATCH_GENERATOR = 'csrc/cpu/generate_cpu_attn_dispatch.py';

/**
 * How many questions about the CPU a release's Python asks that its wheels have to answer: none where
 * what it chooses by them falls back by itself.
 * @throws VllmCpuError CPU_QUESTION_UNKNOWN, CPU_QUESTION_FORM
 */
export async function countQuestions(files: ReleaseFiles, modular: boolean): Promise<number> {
  if (!modular && (await files.read(DISPATCH_GENERATOR)) === undefined) return 0;
  let count = 0;
  for (const path of await files.matching(CPU_QUESTION_HINT, 'vllm', '.py')) {
    count += findCpuQuestions(await requiredText(files, path), path).length;
  }
  return count;
}
