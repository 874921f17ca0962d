import type { Report } from '../report.ts';

/** `11 of 11 checks passed`; what failed or was not run is never left out. */
export function checkedWords({ checks }: Pick<Report, 'checks'>): string {
  const count = (status: string) => checks.filter((one) => one.status === status).length;
  const [failed, skipped] = [count('failed'), count('not-run')];
  return [
    `${count('passed')} of ${checks.length} checks passed`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} not run`] : []),
  ].join(', ');
}
