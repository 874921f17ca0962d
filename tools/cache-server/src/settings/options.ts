/** One option: its variable, its value where neither flag nor variable is given, its line of help. */
interface Option {
  env: string;
  fallback: string;
  help: string;
}

export const OPTIONS = {
  directory: {
    env: 'VLLM_CPU_CACHE_DIRECTORY',
    fallback: 'nx-cache',
    help: 'folder of the entries; created if missing; one server at a time can use it',
  },
  host: {
    env: 'VLLM_CPU_CACHE_HOST',
    fallback: '127.0.0.1',
    help: 'address to listen on',
  },
  port: {
    env: 'VLLM_CPU_CACHE_PORT',
    fallback: '8787',
    help: 'port to listen on; 0 chooses a free port and prints it',
  },
  'max-size': {
    env: 'VLLM_CPU_CACHE_MAX_SIZE',
    fallback: '20GiB',
    help: 'maximum size of all entries; the least recently used are deleted first',
  },
  'max-entry-size': {
    env: 'VLLM_CPU_CACHE_MAX_ENTRY_SIZE',
    fallback: '2GiB',
    help: 'maximum size of one entry; at most --max-size',
  },
  'idle-timeout': {
    env: 'VLLM_CPU_CACHE_IDLE_TIMEOUT',
    fallback: '60s',
    help: 'close a connection on which nothing was transferred for this long',
  },
  'request-timeout': {
    env: 'VLLM_CPU_CACHE_REQUEST_TIMEOUT',
    fallback: '15min',
    help: 'abort an upload that takes longer than this',
  },
  'shutdown-timeout': {
    env: 'VLLM_CPU_CACHE_SHUTDOWN_TIMEOUT',
    fallback: '30s',
    help: 'time for requests in flight to finish after SIGTERM or SIGINT',
  },
  'read-tokens-file': {
    env: 'VLLM_CPU_CACHE_READ_TOKENS_FILE',
    fallback: '',
    help: 'file with tokens that may only read, one per line',
  },
  'write-tokens-file': {
    env: 'VLLM_CPU_CACHE_WRITE_TOKENS_FILE',
    fallback: '',
    help: 'file with tokens that may read and write, one per line',
  },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

export function flagNames(): OptionName[] {
  return Object.keys(OPTIONS) as OptionName[];
}

/** The text of --help. */
export function usage(): string {
  const lines = flagNames().flatMap((name) => {
    const { env, fallback, help } = OPTIONS[name];
    return [`  --${name}=<value>`, `      ${help}`, `      ${env}, default: ${fallback || 'none'}`];
  });
  return [
    'Usage: vllm-cpu-cache-server [options]',
    '',
    'Serves the remote cache of Nx 20.8 and later (GET and PUT /v1/cache/<hash>) from a folder,',
    'with /health and /metrics. Stops on SIGTERM or SIGINT when the requests in flight are done.',
    '',
    'Options. Each has an environment variable; the option takes precedence:',
    ...lines,
    '  --help, -h',
    '      print this',
    '',
    'Tokens, separated by commas, can also be set in these variables, but not as options:',
    '  VLLM_CPU_CACHE_READ_TOKENS     may only read',
    '  VLLM_CPU_CACHE_WRITE_TOKENS    may read and write',
    '',
    'Sizes: a number of bytes, or with KiB, MiB, GiB, TiB: 512MiB. Times: with ms, s, min or h: 30s.',
    'Exit status: 0 stopped by a signal, 1 could not start, or lost its folder.',
  ].join('\n');
}
