import { compareNumbers } from '@vllm-cpu/system/tool-version';

/** glibc of distributions that people run, by their own packages; the oldest release of each first. */
const SYSTEMS: readonly (readonly [name: string, release: string, glibc: string])[] = [
  ['Debian', '10', '2.28'],
  ['Debian', '11', '2.31'],
  ['Debian', '12', '2.36'],
  ['Debian', '13', '2.41'],
  ['Ubuntu', '20.04', '2.31'],
  ['Ubuntu', '22.04', '2.35'],
  ['Ubuntu', '24.04', '2.39'],
  ['RHEL', '8', '2.28'],
  ['RHEL', '9', '2.34'],
  ['RHEL', '10', '2.39'],
];

/** The oldest release of each distribution with `glibc`: `Debian 10, Ubuntu 20.04, RHEL 8`. */
export function systemsWith(glibc: string): string {
  const names = [...new Set(SYSTEMS.map(([name]) => name))];
  return names
    .flatMap((name) => {
      const found = SYSTEMS.find((one) => one[0] === name && compareNumbers(one[2], glibc) >= 0);
      return found ? [`${name} ${found[1]}`] : [];
    })
    .join(', ');
}
