import type { Command, Finished, Runner } from '../system/run.ts';

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

/** Wraps `runner`; `env` is the allow-listed environment (PATH, HOME, proxies, certificates). */
export function gitWith(runner: Runner, env: Readonly<Record<string, string>>): Git {
  const command = (args: readonly string[], options: GitOptions = {}): Command => {
    const { env: extra, ...rest } = options;
    return {
      argv: ['git', '-c', 'safe.directory=*', '-c', 'gc.auto=0', ...NOBODYS_FILES, ...args],
      env: {
        ...env,
        ...IDENTITY,
        ...NOBODYS_CONFIGURATION,
        // git does not look at the variable that OpenSSL's programs share.
        ...(env['SSL_CERT_FILE'] ? { GIT_SSL_CAINFO: env['SSL_CERT_FILE'] } : {}),
        GIT_TERMINAL_PROMPT: '0',
        LC_ALL: 'C',
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
