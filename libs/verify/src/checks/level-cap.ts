import { error, judged, notRun } from '../check.ts';
import type { Check, Finding } from '../check.ts';

/**
 * Every question that vLLM's Python asks about the CPU is answered by the wheel's level first. One
 * that is not calls kernels that the wheel does not have, on every CPU above its level.
 */
export const levelCapCheck: Check = {
  name: 'level-cap',
  programs: [],
  run: async ({ facts, release, variant }) => {
    if (!variant) return notRun('no variant was given, so there is nothing to compare with');
    const pinned = release?.source.cpuQuestions;
    if (!release) return notRun('no release was given, so the number of CPU queries is unknown');
    if (pinned === undefined) return judged('not needed at this release', []);
    const findings: Finding[] = [];
    let found = 0;
    for (const [file, questions] of facts.questions) {
      found += questions.found;
      const { uncapped, problem } = questions;
      if (problem !== undefined) findings.push(error(file, problem));
      if (uncapped.length > 0) {
        const names = [...new Set(uncapped)].join(', ');
        findings.push(
          error(file, `queries the CPU without the level cap: ${names}, ${uncapped.length} times`),
        );
      }
    }
    if (found !== pinned) {
      const what = `asks ${found} questions about the CPU, the pin says ${pinned}`;
      findings.push(error(facts.fileName, what));
    }
    if (!facts.files.some(({ name }) => name === LEVEL_MODULE)) {
      findings.push(error(LEVEL_MODULE, 'is missing: it answers for the level of the wheel'));
    }
    return judged(`${found} of ${pinned} questions about the CPU`, findings);
  },
};

const LEVEL_MODULE = 'vllm/_vllm_cpu_level.py';
