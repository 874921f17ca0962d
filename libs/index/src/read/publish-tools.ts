import { proxiedFetch } from '@vllm-cpu/system/proxied-fetch';
import { DEFAULT_RETRIES } from '@vllm-cpu/system/retry';
import { createHttpClient } from './http-client.ts';
import { uploadIndex } from '../target/upload-index.ts';
import { repositoryOf } from '../target/upload-repository.ts';
import type { Runner } from '@vllm-cpu/system/run';
import type { HttpClient } from './http-client.ts';
import type { IndexReader } from './index-reader.ts';
import type { RetryPolicy } from '@vllm-cpu/system/retry';

/** What publishing works with; made once by the caller. */
export interface PublishTools {
  runner: Runner;
  http: HttpClient;
  /** A Python with pip, and with twine unless that is on PATH. */
  python: string;
  /** The machine's environment with `.env` below it: tokens, proxies, pip's configuration. */
  env: Readonly<Record<string, string | undefined>>;
  retries: RetryPolicy;
  print: (line: string) => void;
  now: () => Date;
  /** URL of the simple API, where it cannot be found out. */
  readUrl: string | undefined;
  allowInsecure: boolean;
  /** Seconds of silence after which an upload is given up. */
  uploadTimeout: number;
  /** Milliseconds to wait until the index lists what was uploaded. */
  readBackWait: number;
  /** Interrupts between and during uploads. */
  signal: AbortSignal | undefined;
}

/** Tools with the usual patience; what is given replaces a part. */
export function createPublishTools(
  given: Pick<PublishTools, 'runner' | 'env' | 'print'> & Partial<PublishTools>,
): PublishTools {
  const retries = given.retries ?? DEFAULT_RETRIES;
  const allowInsecure = given.allowInsecure ?? false;
  return {
    python: 'python3',
    http: createHttpClient({
      retries,
      allowInsecure,
      fetch: proxiedFetch(given.env),
      onRetry: given.print,
    }),
    now: () => new Date(),
    readUrl: undefined,
    uploadTimeout: 300,
    readBackWait: 10 * 60_000,
    signal: undefined,
    ...given,
    retries,
    allowInsecure,
  };
}

/** The index that pip is configured with, for reading what others published there. */
export async function configuredIndex(
  given: Pick<PublishTools, 'runner' | 'env' | 'print'> & Partial<PublishTools>,
): Promise<IndexReader> {
  return uploadIndex(repositoryOf({ name: 'pypi' })).open(() => createPublishTools(given));
}
