/** What can be counted, each with the line that explains it. */
const COUNTERS = {
  hits: 'Entries sent.',
  misses: 'Reads of keys that are not stored.',
  corrupted: 'Entries that differed from their checksum; removed and answered as a miss.',
  stored: 'New entries.',
  conflicts: 'Uploads of keys that are stored already; nothing was replaced.',
  denied: 'Requests without a valid token, and writes with a read-only one.',
  refused: 'Uploads that did not fit: too large, or no room.',
  aborted: 'Uploads that ended early, and downloads that the client gave up.',
  errors: 'Requests that failed because of this server or its disk.',
  evicted: 'Entries removed to stay below the size limit.',
  received_bytes: 'Content of new entries.',
  sent_bytes: 'Bytes of entries sent completely.',
} as const;

export type Counter = keyof typeof COUNTERS;

export interface Gauges {
  entries: number;
  size: number;
  maxSize: number;
  inFlight: number;
}

/** Counts since the start, as Prometheus' text format. */
export class Metrics {
  readonly #counts = new Map<string, number>();

  add(counter: Counter, by = 1): void {
    this.#counts.set(counter, (this.#counts.get(counter) ?? 0) + by);
  }

  text(gauges: Gauges): string {
    const family = (name: string, type: string, help: string, value: number): string =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`;
    const counters = Object.entries(COUNTERS).map(([name, help]) =>
      family(`nx_cache_${name}_total`, 'counter', help, this.#counts.get(name) ?? 0),
    );
    return [
      ...counters,
      family('nx_cache_entries', 'gauge', 'Entries stored now.', gauges.entries),
      family('nx_cache_size_bytes', 'gauge', 'Content stored now.', gauges.size),
      family('nx_cache_size_limit_bytes', 'gauge', 'The size limit.', gauges.maxSize),
      family('nx_cache_requests_in_flight', 'gauge', 'Requests being answered.', gauges.inFlight),
    ].join('');
  }
}
