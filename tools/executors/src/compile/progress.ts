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
 * Turns ninja's lines into one progress line every five seconds, the last step always included. An
 * executor never sees a terminal, so progress is lines.
 * @param now milliseconds; a parameter so that tests need not wait
 */
export function progressLines(
  title: string,
  print: (line: string) => void,
  now: () => number = Date.now,
): (line: string) => void {
  let started: number | undefined;
  let printed = 0;
  return (line) => {
    const step = ninjaStep(line);
    if (!step) return;
    started ??= now();
    if (step.done !== step.total && now() - printed < EVERY_MS) return;
    printed = now();
    const elapsed = (now() - started) / 1000;
    const remaining = step.done > 0 ? (elapsed / step.done) * (step.total - step.done) : 0;
    const percent = Math.floor((step.done / step.total) * 100);
    // The first line comes before anything is known about the time.
    const left = elapsed > 0 ? `, about ${duration(remaining)} left` : '';
    const end = step.done === step.total ? ', done' : left;
    print(`${title}: ${step.done}/${step.total} (${percent} %)${end}`);
  };
}
