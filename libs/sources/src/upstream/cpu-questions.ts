import { VllmCpuError } from '@vllm-cpu/system/errors';

/**
 * The questions about the CPU that vLLM's Python asks to choose kernels, and how the CPU feature
 * behind each is called in /proc/cpuinfo. torch/cpu/__init__.py has the functions; releases up to
 * 0.18 ask torch._C._cpu instead.
 */
export const CPU_QUESTIONS: Readonly<Record<string, string>> = {
  _is_avx2_supported: 'avx2',
  _is_avx512_supported: 'avx512f',
  _is_avx512_bf16_supported: 'avx512_bf16',
  _is_avx512_vnni_supported: 'avx512_vnni',
  _is_vnni_supported: 'avx512_vnni',
  _is_amx_tile_supported: 'amx_tile',
  _is_amx_fp16_supported: 'amx_fp16',
  cpu_has_amx_fp8: 'amx_fp8',
};

/** The mapping that answers for all features at once; upstream asks it for `bf16` on 64-bit ARM. */
export const CAPABILITIES = 'get_capabilities';

/** One place in a Python file where the CPU is asked. */
export interface CpuQuestion {
  /** A key of CPU_QUESTIONS, or CAPABILITIES. */
  name: string;
  /** Where the expression begins and ends in the text. */
  start: number;
  end: number;
}

const QUESTION =
  /\btorch\.(?:(?:_C\._)?cpu\.(?<torch>_is_[A-Za-z0-9_]+_supported|get_capabilities)|ops\._C\.(?<kernel>cpu_has_amx_\w+))\(\s*\)/g;

/** A question in any other form: imported by name, through getattr, not called. */
const MENTION =
  /\b(?:_is_(?:avx|amx|vnni|arm|sve|sme)\w*_supported|cpu\.get_capabilities|ops\._C\.cpu_has_amx_\w+)\b/g;

/** Files that can have a question at all; the patterns are only run over these. */
export const CPU_QUESTION_HINT = /_is_[A-Za-z0-9_]+_supported|get_capabilities|cpu_has_amx/;

/**
 * Every question about the CPU in one file of upstream's Python.
 * @throws VllmCpuError CPU_QUESTION_UNKNOWN, CPU_QUESTION_FORM
 */
export function findCpuQuestions(text: string, file: string): CpuQuestion[] {
  if (!CPU_QUESTION_HINT.test(text)) return [];
  const found = [...text.matchAll(QUESTION)].map((match) => ({
    name: match.groups?.['torch'] ?? match.groups?.['kernel'] ?? '',
    start: match.index,
    end: match.index + match[0].length,
  }));
  for (const { name, start } of found) {
    if (name !== CAPABILITIES && !(name in CPU_QUESTIONS)) {
      throw unknownQuestion(name, place(file, text, start));
    }
  }
  for (const match of text.matchAll(MENTION)) {
    const at = match.index;
    const isFound = found.some(({ start, end }) => start <= at && at < end);
    if (!isFound && !isComment(text, at)) throw unknownForm(match[0], place(file, text, at));
  }
  return found;
}

/** From the text before it on its line: a `#` outside of quotes begins a comment. */
function isComment(text: string, at: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
  return /^(?:[^#'"]|'[^']*'|"[^"]*")*#/.test(line);
}

function place(file: string, text: string, at: number): string {
  return `${file}:${text.slice(0, at).split('\n').length}`;
}

function unknownQuestion(name: string, where: string): VllmCpuError {
  return new VllmCpuError({
    code: 'CPU_QUESTION_UNKNOWN',
    what: `${where} queries the CPU with ${name}, which is not a known query`,
    why: 'Without the level cap, it would select kernels that the wheel does not contain.',
    next: 'Add it to CPU_QUESTIONS in libs/sources/src/upstream/cpu-questions.ts with the CPU feature that it tests.',
  });
}

function unknownForm(text: string, where: string): VllmCpuError {
  return new VllmCpuError({
    code: 'CPU_QUESTION_FORM',
    what: `${where} uses ${text} in a form other than a direct call`,
    why: 'The level cap replaces direct calls only, so this query would bypass it.',
    next: 'Handle this form in libs/sources/src/upstream/cpu-questions.ts, with a test.',
  });
}
