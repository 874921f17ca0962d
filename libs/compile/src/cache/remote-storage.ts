import { allowedEnv } from '@vllm-cpu/system/run';

/** The compiler caches that upstream's build knows, the preferred one first. */
export const CACHE_PROGRAMS = ['sccache', 'ccache'] as const;
export type CacheProgram = (typeof CACHE_PROGRAMS)[number];

/** Storage on a server that several machines share, as the environment describes it. */
export interface RemoteStorage {
  /** The variable that names the storage. */
  named: string;
  /** What the cache program is told, and nothing else is. */
  variables: Readonly<Record<string, string>>;
  /** Logins among these values. */
  secrets: readonly string[];
}

/** Each of these alone switches remote storage on. SECONDARY is the name in ccache 4.4 to 4.6. */
const NAMES: Record<CacheProgram, readonly string[]> = {
  ccache: ['CCACHE_REMOTE_STORAGE', 'CCACHE_SECONDARY_STORAGE'],
  sccache: [
    ...['SCCACHE_BUCKET', 'SCCACHE_GHA_ENABLED', 'SCCACHE_WEBDAV_ENDPOINT'],
    ...['SCCACHE_REDIS_ENDPOINT', 'SCCACHE_REDIS_CLUSTER_ENDPOINTS', 'SCCACHE_REDIS'],
    ...['SCCACHE_MEMCACHED_ENDPOINT', 'SCCACHE_MEMCACHED', 'SCCACHE_GCS_BUCKET'],
    ...['SCCACHE_AZURE_CONNECTION_STRING', 'SCCACHE_OSS_BUCKET', 'SCCACHE_COS_BUCKET'],
  ],
};

/** What goes with them: how the storage is used, and the login. */
const DETAILS: Record<CacheProgram, RegExp> = {
  ccache: /^CCACHE_(REMOTE_ONLY|RESHARE)$/,
  sccache:
    /^(SCCACHE_(ENDPOINT|REGION|(S3|REDIS|MEMCACHED|WEBDAV|GHA|GCS|AZURE|OSS|COS|MULTILEVEL)_\w+)|AWS_\w+|ACTIONS_(CACHE_URL|CACHE_SERVICE_V2|RESULTS_URL|RUNTIME_TOKEN)|ALIBABA_CLOUD_ACCESS_KEY_\w+|TENCENTCLOUD_SECRET_\w+)$/,
};

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|CONNECTION_STRING|ACCESS_KEY/;
/** The login in a URL, and the attributes of ccache that can hold one. */
const SECRET_PARTS = [/:\/\/([^@\s/|]+)@/g, /\b(?:bearer-token|header)=([^|\s]+)/g];

/** The remote storage that `env` gives to `program`; undefined where it gives none. */
export function remoteStorage(
  program: CacheProgram,
  env: Readonly<Record<string, string | undefined>>,
): RemoteStorage | undefined {
  const named = NAMES[program].find((name) => env[name]?.trim());
  if (!named) return undefined;
  const known = (name: string) => NAMES[program].includes(name) || DETAILS[program].test(name);
  const variables = allowedEnv(env, Object.keys(env).filter(known));
  return { named, variables, secrets: Object.entries(variables).flatMap(secretsOf) };
}

function secretsOf([name, value]: [string, string]): string[] {
  const parts = SECRET_PARTS.flatMap((part) => [...value.matchAll(part)].map(([, found]) => found));
  const logins = parts.flatMap((login = '') => [login, login.replace(/^[^:]*:/, '')]);
  return [...(SECRET_NAME.test(name) ? [value] : []), ...logins.flatMap(spellings)];
}

/** A login is percent-encoded in a URL, and may be shown decoded. */
function spellings(secret: string): string[] {
  try {
    return [secret, decodeURIComponent(secret)];
  } catch {
    return [secret];
  }
}
