import type { EntryStore } from '../store/entry-store.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Authorise } from '../settings/tokens.ts';

/** What the requests of one server share. */
export interface Service {
  store: EntryStore;
  metrics: Metrics;
  authorise: Authorise;
  log: Log;
  maxSize: number;
  /** Milliseconds that a client may take between two bytes. */
  idleTimeout: number;
  inFlight(): number;
  stopping(): boolean;
}
