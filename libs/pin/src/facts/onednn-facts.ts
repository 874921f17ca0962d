import type { CmakeAnswer } from '@vllm-cpu/cmake/cmake-answer';
import { shapeError } from './shape.ts';

const ONEDNN = 'onednn';

/** The one oneDNN tag that is fetched on x86-64; null where none is. */
export function oneDnnTagOf(answers: readonly CmakeAnswer[], title: string): string | null {
  const tags = [...new Set(answers.flatMap(({ fetched }) => fetched[ONEDNN] ?? []))];
  if (tags.length > 1) {
    throw shapeError(
      title,
      'one oneDNN tag for x86-64',
      `Its levels for x86-64 name ${tags.join(' and ')}.`,
    );
  }
  return tags[0] ?? null;
}

/** The commit of oneDNN on aarch64, where it is another than on x86-64. */
export function aarch64OneDnn(
  x86: CmakeAnswer,
  aarch64: CmakeAnswer,
  title: string,
): { commit: string } | undefined {
  const commit = aarch64.fetched[ONEDNN];
  if (commit === undefined || commit === x86.fetched[ONEDNN]) return undefined;
  if (/^[0-9a-f]{40}$/.test(commit)) return { commit };
  throw shapeError(title, "a commit, or x86-64's tag, of oneDNN on aarch64", `It says ${commit}.`);
}

/** What oneDNN is configured with on both platforms alike. */
export function sharedOptions(x86: CmakeAnswer, aarch64: CmakeAnswer): Record<string, string> {
  const other = aarch64.options[ONEDNN] ?? {};
  return Object.fromEntries(
    Object.entries(x86.options[ONEDNN] ?? {}).filter(([name, value]) => other[name] === value),
  );
}
