import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';

/** This machine is never behind a proxy. */
const DIRECT = ['localhost', '127.0.0.1', '::1'];

/**
 * `fetch` through the proxies that `env` names as curl, pip and git read them (http_proxy, https_proxy,
 * no_proxy, also in capitals). Node's own does not look at them before version 24.
 */
export function proxiedFetch(env: Readonly<Record<string, string | undefined>>): typeof fetch {
  const setting = (name: string): string | undefined => env[name] || env[name.toUpperCase()];
  const [httpProxy, httpsProxy] = [setting('http_proxy'), setting('https_proxy')];
  // Never Node's own fetch: once this package is loaded, that of Node 20 sends through the package's
  // dispatcher too, which refuses a content-length ("invalid content-length header").
  if (!httpProxy && !httpsProxy) return undiciFetch as unknown as typeof fetch;
  const dispatcher = new EnvHttpProxyAgent({
    // An empty one keeps undici from reading process.env.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: [setting('no_proxy') ?? '', ...DIRECT].filter(Boolean).join(','),
  });
  const proxied = (input: string, init: object = {}): Promise<unknown> =>
    undiciFetch(input, { ...init, dispatcher });
  return proxied as unknown as typeof fetch;
}
