import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PageSources } from '../static/page-sources.ts';
import type { IndexReader } from '../read/index-reader.ts';
import type { ReadingContext } from '../read/reading-url.ts';
import type { IndexLimits } from './index-limits.ts';
import type { UploadRepository } from './upload-repository.ts';

/**
 * Where wheels are published to and read from. Another kind of index is another implementation,
 * which resolveTarget makes from the words of `--index`; nobody else asks which kind it is.
 */
export interface IndexTarget {
  /** As messages name it. */
  readonly label: string;
  /** Nothing that is published there leaves this machine. */
  readonly isLocal: boolean;
  /** What it accepts where nothing else was granted. */
  readonly limits: IndexLimits;
  /** What an upload tool logs in to; undefined for an index that needs none. */
  readonly repository: UploadRepository | undefined;
  /**
   * The reader of what it lists. `context` is asked for only where reading needs it: it may have
   * to look for a Python first.
   * @throws VllmCpuError PIP_NOT_USABLE, INDEX_READ_URL_UNKNOWN, INDEX_INSECURE
   */
  open(context: () => ReadingContext | Promise<ReadingContext>): Promise<IndexReader>;
  /** The value of `pip install --index-url`, where its reader is at `location`. */
  pipUrl(location: string): string;
  /** The page for people, where the index has one of our making. */
  frontPage?(): string;
  /**
   * Publishes wheels that a preflight let pass.
   * @throws VllmCpuError of addToStaticIndex, or what `delivery.upload` throws
   */
  publish(delivery: Delivery): Promise<void>;
}

/** What an index is given to publish; each implementation takes its own way. */
export interface Delivery {
  /** Every wheel of the run, those that are listed already too. */
  wheels: readonly PublishableWheel[];
  /** Upload time of new files. */
  now: Date;
  onWait: (line: string) => void;
  signal: AbortSignal | undefined;
  /** For an index that has pages for people of our making. */
  pages: PageSources | undefined;
  /** Sends those that are new to a server. */
  upload: (repository: UploadRepository) => Promise<void>;
}
