import { VllmCpuError } from '@vllm-cpu/system/errors';
import { error } from './check.ts';
import type { Finding } from './check.ts';

/** The value of `read`, or undefined and a finding where it ends in a typed error. */
export function attempt<Value>(
  findings: Finding[],
  place: string,
  read: () => Value,
): Value | undefined {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof VllmCpuError)) throw cause;
    findings.push(error(place, [cause.what, cause.why].filter(Boolean).join('; ')));
    return undefined;
  }
}
