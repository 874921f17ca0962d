/** A logarithmic scale from 1 to a power of ten: what a bar of counts is drawn on. */
export interface LogScale {
  /** 1, 10, 100, ... */
  ticks: readonly number[];
  /** 0 to 1; a count of 1 has a sliver, so that one instruction is seen. */
  share: (count: number) => number;
}

/** The scale for counts up to `highest`; it has two steps at least. */
export function logScale(highest: number): LogScale {
  const decades = Math.max(2, Math.ceil(Math.log10(Math.max(1, highest))));
  return {
    ticks: Array.from({ length: decades + 1 }, (_, power) => 10 ** power),
    share: (count) => (count < 1 ? 0 : Math.max(SLIVER, Math.log10(count) / decades)),
  };
}

const SLIVER = 0.006;

/** `1`, `100`, `10 k`, `1 M`: a tick's name. */
export function tickName(tick: number): string {
  if (tick >= 1_000_000) return `${tick / 1_000_000} M`;
  return tick >= 1_000 ? `${tick / 1_000} k` : String(tick);
}

/** `1 234 567`, with narrow spaces that do not break. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202F');
}

/** A share for a reader: `43 %`, `< 1 %`. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100);
  return rounded === 0 && share > 0 ? '< 1 %' : `${rounded} %`;
}
