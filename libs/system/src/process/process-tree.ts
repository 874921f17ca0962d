import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills a process and everything that it started, directly or not: a build tool's compilers would go on
 * without it. Each is stopped first, so that none starts another meanwhile. Where there is no /proc, only
 * the process itself is killed.
 */
export function killTree(pid: number): void {
  const stopped = new Set<number>();
  for (;;) {
    const fresh = familyOf(pid).filter((each) => !stopped.has(each));
    if (fresh.length === 0) break;
    for (const each of fresh) {
      send(each, 'SIGSTOP');
      stopped.add(each);
    }
  }
  for (const each of stopped) send(each, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** `pid` and its descendants, parents first. */
function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const [child, parent] of parents()) {
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const family = [pid];
  for (const each of family) family.push(...(children.get(each) ?? []));
  return family;
}

/** Every process with its parent; see proc_pid_stat(5). */
function parents(): [number, number][] {
  return readNames('/proc').flatMap((name): [number, number][] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      // The second field is the program's name in parentheses and may contain anything.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [[Number(name), Number(parent)]];
    } catch {
      return [];
    }
  });
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
