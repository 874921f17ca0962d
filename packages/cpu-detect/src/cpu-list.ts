import { trim } from './files.ts';

/** The numbers of a kernel list such as `0-3,8,10-11`, ascending; none for an empty or broken one. */
export function parseCpuList(text: string | null): number[] {
  const numbers = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^([0-9]{1,7})(?:-([0-9]{1,7}))?$/.exec(trim(part));
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), first + 65535);
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The shortest kernel list of ascending numbers: `0-3,8`. */
export function formatCpuList(numbers: readonly number[]): string {
  const parts: string[] = [];
  let index = 0;
  while (index < numbers.length) {
    const first = numbers[index] ?? 0;
    let last = first;
    while (numbers[index + 1] === last + 1) {
      last += 1;
      index += 1;
    }
    parts.push(first === last ? `${first}` : `${first}-${last}`);
    index += 1;
  }
  return parts.join(',');
}
