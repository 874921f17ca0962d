import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isLoopback } from '@vllm-cpu/system/loopback';

/** A URL whose user and password were taken out, so that it can be printed and fetched. */
export interface IndexUrl {
  /** Without user information. */
  href: string;
  /** Value of an Authorization header, where the URL carried user information. */
  authorization: string | undefined;
  /** The password of the URL, for redaction. */
  secrets: readonly string[];
}

export interface UrlRules {
  /** Plain http to a host that is not this machine is allowed. */
  allowInsecure?: boolean;
}

/**
 * Parses the URL of an index.
 * @throws VllmCpuError INDEX_URL_WITHOUT_SCHEME, INDEX_URL_INVALID, INDEX_INSECURE
 */
export function parseIndexUrl(text: string, rules: UrlRules = {}): IndexUrl {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw new VllmCpuError({
      code: 'INDEX_URL_WITHOUT_SCHEME',
      what: `the index URL ${JSON.stringify(text)} has no scheme`,
      why: 'Without a scheme it cannot be distinguished from the name of an index.',
      next: 'Add https://, or use file:<directory> for an index on disk.',
    });
  }
  const url = parsed(text);
  if (url.protocol === 'http:' && !rules.allowInsecure && !isLoopback(url.hostname)) {
    throw new VllmCpuError({
      code: 'INDEX_INSECURE',
      what: `refusing to use ${url.origin} over plain HTTP`,
      why: 'The token and the wheels would be sent unencrypted.',
      next: 'Use https, or pass --allow-insecure on a trusted network.',
    });
  }
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  url.username = '';
  url.password = '';
  return {
    href: url.href,
    authorization: user || password ? basicAuthorization(user, password) : undefined,
    secrets: password ? [password] : [],
  };
}

/** Value of an HTTP Authorization header (RFC 7617). */
function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** `base` ending in exactly one slash, so that relative addresses extend it. */
export function withSlash(base: string): string {
  return `${base.replace(/\/+$/, '')}/`;
}

function parsed(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw invalid('it cannot be parsed', cause);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw invalid(`indexes are reached over https or http, not ${url.protocol}//`);
  }
  return url;
}

/** The text is left out: it may hold a password. */
function invalid(why: string, cause?: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'INDEX_URL_INVALID',
    what: 'invalid index URL',
    why,
    next: 'Give an https:// URL, file:<directory>, or the name of an index.',
    cause,
  });
}
