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
    const what = 'the verification report is about other bytes';
    return [{ code: 'REPORT_OF_OTHER_BYTES', what, next }];
  }
  if (verified.variant === null || verified.release === null) {
    const what = 'the report is that of an inspection, without a variant and a release';
    return [{ code: 'WHEEL_NOT_VERIFIED', what, next }];
  }
  if (!verified.ok) {
    return [
      {
        code: 'VERIFICATION_FAILED',
        what: 'verification failed',
        next: 'Read report.md of this wheel, mend what it names, and build again.',
      },
    ];
  }
  if (verified.unproven === undefined) return [];
  return [
    {
      code: 'NOT_PROVEN',
      what: `which instructions it has was not proven: ${verified.unproven}`,
      next: 'Look at the files that report.md names, and record what you found (docs/architecture.md).',
    },
  ];
}
