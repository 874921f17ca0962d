import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { FoundWheels } from './find-wheels.ts';
import { proofProblems } from './proof.ts';
import type { PublishableWheel } from './publishable-wheel.ts';
import type { VerifiedWheel } from './verified-wheel.ts';

/**
 * The one wheel of `found`, with a report that has passed and is about these very bytes.
 * @throws VllmCpuError WHEELS_NOT_FOUND, WHEELS_AMBIGUOUS, WHEEL_NOT_VERIFIED, REPORT_OF_OTHER_BYTES,
 *   VERIFICATION_FAILED, NOT_PROVEN
 */
export function provenWheel({ wheels, verified }: FoundWheels): PublishableWheel {
  const wheel = theOnlyWheel(wheels);
  const report = verified.find(({ fileName }) => fileName === wheel.fileName);
  requireProof(wheel, report);
  return wheel;
}

/**
 * Lets a wheel pass whose report proves these very bytes.
 * @throws VllmCpuError WHEEL_NOT_VERIFIED, REPORT_OF_OTHER_BYTES, VERIFICATION_FAILED, NOT_PROVEN
 */
export function requireProof(
  wheel: PublishableWheel,
  report: VerifiedWheel | undefined,
): asserts report is VerifiedWheel {
  const [problem] = proofProblems(wheel, { verified: report });
  if (!problem) return;
  throw new VllmCpuError({
    code: problem.code,
    what: `${wheel.fileName}: ${problem.what}`,
    why: 'Only the exact file that was verified can be published.',
    next: problem.next,
  });
}

/** @throws VllmCpuError WHEELS_NOT_FOUND, WHEELS_AMBIGUOUS */
export function theOnlyWheel(wheels: readonly PublishableWheel[]): PublishableWheel {
  const [wheel, another] = wheels;
  if (wheel && !another) return wheel;
  throw new VllmCpuError({
    code: wheel ? 'WHEELS_AMBIGUOUS' : 'WHEELS_NOT_FOUND',
    what: wheel
      ? `found ${wheels.length} wheels: ${wheels.map(({ fileName }) => fileName).join(', ')}`
      : 'wheel not found',
    why: 'Exactly one is required, for one variant, version and platform.',
    next: 'Choose a folder that contains only this wheel.',
  });
}
