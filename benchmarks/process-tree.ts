import { readdirSync, readFileSync } from 'node:fs';

/** What a step took, with everything that it started. Read from Linux's /proc. */
export interface Measured {
  seconds: number;
  /** Of all its processes together, so that a busy machine counts for less. */
  cpuSeconds: number;
  /** The most resident memory of all its processes together, in GiB; looked at twice a second. */
  peakGib: number;
}

const PAGE_BYTES = 4096;
const TICKS_A_SECOND = 100;
const INTERVAL_MS = 500;

/** @param step starts processes and waits for them */
export async function measure(step: () => Promise<unknown>): Promise<Measured> {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, residentBytes(process.pid));
  }, INTERVAL_MS);
  const [cpu, started] = [childrenSeconds(), performance.now()];
  try {
    await step();
  } finally {
    clearInterval(timer);
  }
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: childrenSeconds() - cpu,
    peakGib: peak / 1024 ** 3,
  };
}

/** The fields of /proc/PID/stat from the state on, which is field 3: a program's name may have spaces. */
function statOf(pid: number | 'self'): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** CPU time of the children that have ended, and of theirs: proc(5), fields 16 and 17. */
function childrenSeconds(): number {
  const stat = statOf('self');
  return (Number(stat[13]) + Number(stat[14])) / TICKS_A_SECOND;
}

/** Of the processes that `ancestor` started and those that these did: proc(5), fields 4 and 24. */
function residentBytes(ancestor: number): number {
  const children = new Map<number, number[]>();
  const pages = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const [pid, stat] = [Number(name), statOf(Number(name))];
      const parent = Number(stat[1]);
      children.set(parent, [...(children.get(parent) ?? []), pid]);
      pages.set(pid, Number(stat[21]));
    } catch {
      // It ended in between.
    }
  }
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce(
      (total, child) => total + (pages.get(child) ?? 0) + sum(child),
      0,
    );
  return sum(ancestor) * PAGE_BYTES;
}
