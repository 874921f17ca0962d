import { TEXTS } from './table.ts';
import type tables from './table.json';

/** The name of a text in data/texts.json. */
export type TextKey = keyof (typeof tables)['TEXTS'];

/** The text `key` of data/texts.json with every `{name}` replaced by `values.name`. */
export function say(key: TextKey, values: Record<string, string | number> = {}): string {
  return (TEXTS[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
}

/** `a`, `a and b`, `a, b and c`. */
export function listOf(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`;
}

/** `one node`, `3 nodes`: a count with its noun. */
export function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}

/** MiB as GiB with one decimal, rounded down: 12.5 GiB. Integer arithmetic, the same everywhere. */
export function gib(mib: number): string {
  const tenths = Math.floor((mib * 10) / 1024);
  return `${Math.floor(tenths / 10)}.${tenths % 10} GiB`;
}
