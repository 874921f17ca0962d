import type { PublishableWheel } from './publishable-wheel.ts';
import type { VerifiedWheel } from './verified-wheel.ts';

/** One reason why a wheel must not be uploaded. */
export interface Problem {
  /** Stable, like the code of an error. */
  code: string;
  what: string;
  next: string;
}

/** Why a report does not prove this wheel; nothing where it does. */
export function proofProblems(
  wheel: Pick<PublishableWheel, 'path' | 'sha256'>,
  { verified }: { verified: VerifiedWheel | undefined },
): Problem[] {
  const next = `Verify it: npx nx run wheels:verify --wheels=${wheel.path}`;
  if (!verified) return [{ code: 'WHEEL_NOT_VERIFIED', what: 'no verification report', next }];
  if (verified.sha256 !== wheel.sha256) {
    const what = 'the verification report describes a different file';
    return [{ code: 'REPORT_OF_OTHER_BYTES', what, next }];
  }
  if (verified.variant === null || verified.release === null) {
    const what = 'the report is from an inspection, without a variant and a release';
    return [{ code: 'WHEEL_NOT_VERIFIED', what, next }];
  }
  if (!verified.ok) {
    return [
      {
        code: 'VERIFICATION_FAILED',
        what: 'verification failed',
        next: 'Fix what report.md of this wheel lists, and build again.',
      },
    ];
  }
  if (verified.unproven === undefined) return [];
  return [
    {
      code: 'NOT_PROVEN',
      what: `instruction sets not verified: ${verified.unproven}`,
      next: 'Review the files that report.md lists, and record the result (docs/architecture.md).',
    },
  ];
}
