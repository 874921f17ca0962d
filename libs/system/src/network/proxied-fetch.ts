import { createSecureContext } from 'node:tls';
import { Agent, EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import type { Dispatcher } from 'undici';
import { trustedCertificates } from './trusted-certificates.ts';

/** This machine is never behind a proxy. */
const DIRECT = ['localhost', '127.0.0.1', '::1'];

type Environment = Readonly<Record<string, string | undefined>>;

const setting = (env: Environment, name: string): string | undefined =>
  env[name] || env[name.toUpperCase()];

/** Value of no_proxy that has this machine too: Python's clients would ask the proxy for it. */
export function hostsWithoutProxy(env: Environment): string {
  const given = setting(env, 'no_proxy') ?? '';
  return given.trim() === '*' ? '*' : [given, ...DIRECT].filter(Boolean).join(',');
}

/**
 * `fetch` through the proxies that `env` names as curl, pip and git read them (http_proxy, https_proxy,
 * no_proxy, also in capitals), with the certificates that it names. Node's own does not look at them
 * before version 24.
 */
export function proxiedFetch(env: Environment): typeof fetch {
  const dispatcher = dispatcherFor(env);
  // Never Node's own fetch: once this package is loaded, that of Node 20 sends through the package's
  // dispatcher too, which refuses a content-length ("invalid content-length header").
  if (!dispatcher) return undiciFetch as unknown as typeof fetch;
  const proxied = (input: string, init: object = {}): Promise<unknown> =>
    undiciFetch(input, { ...init, dispatcher });
  return proxied as unknown as typeof fetch;
}

function dispatcherFor(env: Environment): Dispatcher | undefined {
  const [httpProxy, httpsProxy] = [setting(env, 'http_proxy'), setting(env, 'https_proxy')];
  const ca = trustedCertificates(env);
  // One context for all connections: reading a bundle takes its time.
  const tls = ca ? { secureContext: createSecureContext({ ca }) } : {};
  if (!httpProxy && !httpsProxy) return ca && new Agent({ connect: tls });
  return new EnvHttpProxyAgent({
    // An empty one keeps undici from reading process.env.
    httpProxy: httpProxy ?? '',
    httpsProxy: httpsProxy ?? '',
    noProxy: hostsWithoutProxy(env),
    connect: tls,
    requestTls: tls,
    proxyTls: tls,
  });
}
