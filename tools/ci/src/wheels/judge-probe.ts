import type { Finished } from '@vllm-cpu/system/run';
import { guardFindings, workingFindings } from '@vllm-cpu/verify/expectations';
import type { ProbeExpectation } from '@vllm-cpu/verify/expectations';
import { probeResult } from '@vllm-cpu/verify/installed-wheel';

export interface ProbeSubject {
  embedded: boolean;
  /** Features that the wheel requires and this CPU lacks. */
  lacking: readonly string[];
  expected: ProbeExpectation;
}

/** What the probe's answer says about the wheel, for this CPU. */
export function judgeProbe(
  finished: Finished | undefined,
  { lacking, expected }: ProbeSubject,
): { ok: boolean; result: string } {
  const result = finished ? probeResult(finished) : { died: 'its interpreter was not started' };
  const verdict =
    lacking.length === 0 ? workingFindings(result, expected) : guardFindings(result, expected);
  const errors = verdict.findings.filter(({ level }) => level === 'error');
  const here = lacking.length === 0 ? '' : ` (this CPU lacks ${lacking.join(', ')})`;
  const why = errors.map(({ place, message }) => `${place}: ${message}`).join('; ');
  const text = [`${verdict.figure}${here}`, verdict.incomplete, why].filter(Boolean).join(': ');
  return { ok: errors.length === 0, result: text };
}
