import type { Command, Finished, Runner } from '@vllm-cpu/system/run';

/** git with a fixed identity and without the user's or the system's configuration. */
export interface Git {
  run(args: readonly string[], options?: GitOptions): Promise<Finished>;
  try(args: readonly string[], options?: GitOptions): Promise<Finished>;
}

type GitOptions = Pick<Command, 'cwd' | 'onLine' | 'logFile'> & {
  env?: Readonly<Record<string, string>>;
};

/** Author and committer of the commits that are made in throwaway trees. */
const IDENTITY = {
  GIT_AUTHOR_NAME: 'vllm-cpu-wheels',
  GIT_AUTHOR_EMAIL: 'vllm-cpu-wheels@localhost',
  GIT_COMMITTER_NAME: 'vllm-cpu-wheels',
  GIT_COMMITTER_EMAIL: 'vllm-cpu-wheels@localhost',
};

/** Line ends, ignored files and hooks of somebody's configuration would change what is built. */
const NOBODYS_CONFIGURATION = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
};

/** Their places below HOME count even where no configuration names them. */
const NOBODYS_FILES = [
  ...['-c', 'core.attributesFile=/dev/null'],
  ...['-c', 'core.excludesFile=/dev/null'],
];

/** Answers git with the two variables, for one server only. */
const LOGIN_HELPER =
  '!f() { printf "username=%s\\npassword=%s\\n" "$GIT_LOGIN_USER" "$GIT_LOGIN_PASSWORD"; }; f';

/**
 * Wraps `runner`; `env` is the allow-listed environment (PATH, HOME, proxies, certificates). What an
 * argument that is a URL has of a login reaches git through the environment: everybody reads an argv.
 */
export function gitWith(runner: Runner, env: Readonly<Record<string, string>>): Git {
  const command = (args: readonly string[], options: GitOptions = {}): Command => {
    const { env: extra, ...rest } = options;
    const login = args.map(loginOf).find((each) => each !== undefined);
    const settings = ['-c', 'safe.directory=*', '-c', 'gc.auto=0', ...NOBODYS_FILES];
    if (login) settings.push('-c', `credential.${login.server}.helper=${LOGIN_HELPER}`);
    return {
      argv: ['git', ...settings, ...args.map((each) => loginOf(each)?.address ?? each)],
      env: {
        ...env,
        ...IDENTITY,
        ...NOBODYS_CONFIGURATION,
        // git does not look at the variable that OpenSSL's programs share.
        ...(env['SSL_CERT_FILE'] ? { GIT_SSL_CAINFO: env['SSL_CERT_FILE'] } : {}),
        GIT_TERMINAL_PROMPT: '0',
        LC_ALL: 'C',
        ...(login ? { GIT_LOGIN_USER: login.user, GIT_LOGIN_PASSWORD: login.password } : {}),
        ...extra,
      },
      ...rest,
    };
  };
  return {
    run: (args, options) => runner.run(command(args, options)),
    try: (args, options) => runner.try(command(args, options)),
  };
}

/** `text` with asterisks for the login of an http(s) URL, for messages. */
export function hideLogin(text: string): string {
  return text.replace(/^(https?:\/\/)[^/]+@/i, '$1****@');
}

/** The parts of an http(s) URL that has a login; git knows what to do with all others. */
function loginOf(text: string) {
  if (hideLogin(text) === text || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const [user, password] = [url.username, url.password].map(decoded);
  [url.username, url.password] = ['', ''];
  return { address: url.href, server: url.origin, user: user ?? '', password: password ?? '' };
}

/** Percent signs that encode nothing stand for themselves. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The commit that `revision` names in the repository at `gitDir`, or undefined. */
export async function commitOf(
  git: Git,
  gitDir: string,
  revision: string,
): Promise<string | undefined> {
  const found = await git.try([
    `--git-dir=${gitDir}`,
    'rev-parse',
    '--verify',
    '--quiet',
    `${revision}^{commit}`,
  ]);
  return found.exitCode === 0 ? found.stdout.trim() : undefined;
}
