/** One state of a ninja build. */
export interface Step {
  done: number;
  total: number;
}

/** Reads ninja's `[12/345] Building ...`; undefined for any other line. */
export function ninjaStep(line: string): Step | undefined {
  const found = /^\[(\d+)\/(\d+)\]/.exec(line);
  return found ? { done: Number(found[1]), total: Number(found[2]) } : undefined;
}

/** `42 s`, `3 min 5 s`, `1 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const EVERY_MS = 5_000;
/**
 * Pace is taken from the last half of the time, at least from a minute: hits of the compile cache at
 * the start say nothing about the rest, and one file that takes minutes says little.
 */
const WINDOW_MS = 60_000;

/**
 * Turns ninja's lines into one progress line every five seconds, the last step always included. An
 * executor never sees a terminal, so progress is lines.
 * @param now milliseconds; a parameter so that tests need not wait
 */
export function progressLines(
  title: string,
  print: (line: string) => void,
  now: () => number = Date.now,
): (line: string) => void {
  const seen: { at: number; done: number }[] = [];
  let printed = 0;
  let started: number | undefined;
  return (line) => {
    const step = ninjaStep(line);
    if (!step) return;
    const at = now();
    started ??= at;
    const window = Math.max(WINDOW_MS, (at - started) / 2);
    seen.push({ at, done: step.done });
    // The newest state older than the window stays: the pace is measured from there.
    while ((seen[1]?.at ?? at) <= at - window) seen.shift();
    if (step.done !== step.total && at - printed < EVERY_MS) return;
    printed = at;
    const percent = Math.floor((step.done / step.total) * 100);
    const left = secondsLeft(seen, step);
    // The first line comes before anything is known about the time.
    const estimate = left === undefined ? '' : `, about ${duration(left)} left`;
    const end = step.done === step.total ? ', done' : estimate;
    print(`${title}: ${step.done}/${step.total} (${percent} %)${end}`);
  };
}

function secondsLeft(
  seen: readonly { at: number; done: number }[],
  step: Step,
): number | undefined {
  const first = seen[0];
  const last = seen.at(-1);
  if (!first || !last || last.at === first.at || last.done === first.done) return undefined;
  const pace = (last.at - first.at) / 1000 / (last.done - first.done);
  return pace * (step.total - step.done);
}
