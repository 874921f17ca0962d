import { keyOf } from './missing-now.ts';
import { STAGES } from './wheel-jobs.ts';
import type { StageState, WheelJob } from './wheel-jobs.ts';

/** What became of one planned wheel. */
export interface JudgedWheel {
  job: WheelJob;
  /** `published`, `proven`, or the stage that it did not pass: `build failed`. */
  outcome: string;
  built: boolean;
  file: string | null;
  /** Of all stages together. */
  seconds: number;
  reason: string | undefined;
}

/** `missing`: what the index still lacks; undefined where it cannot be asked. */
export function judgeWheels(
  plan: readonly WheelJob[],
  states: readonly StageState[],
  missing: ReadonlySet<string> | undefined,
  dryRun: boolean,
): JudgedWheel[] {
  return plan.map((job) => {
    const own = states.filter(({ id }) => id === job.id);
    const stateOf = (stage: string) => own.find((state) => state.stage === stage);
    const notPassed = STAGES.find((stage) => !stateOf(stage)?.ok);
    const published = missing !== undefined && !missing.has(keyOf(job)) && !dryRun;
    const died = notPassed && 'the job left no state: it was cancelled, or died';
    return {
      job,
      outcome: published ? 'published' : notPassed ? `${notPassed} failed` : 'proven',
      built: stateOf('build')?.ok ?? false,
      file: stateOf('build')?.file ?? null,
      seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
      reason: (notPassed && stateOf(notPassed)?.reason) ?? died,
    };
  });
}

export type RunResult = 'nothing' | 'success' | 'partial' | 'failure';

export function resultOf(
  wheels: readonly JudgedWheel[],
  jobs: readonly { result: string }[],
): RunResult {
  const done = wheels.filter(({ outcome }) => ['published', 'proven'].includes(outcome));
  const allWell = done.length === wheels.length && jobs.every(({ result }) => result !== 'failure');
  if (allWell) return wheels.length === 0 ? 'nothing' : 'success';
  return done.length === 0 ? 'failure' : 'partial';
}
