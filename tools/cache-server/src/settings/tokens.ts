import { createHash, timingSafeEqual } from 'node:crypto';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** `read` may only replay entries; `write` may also store new ones. */
export type Role = 'read' | 'write';

/** Answers the role of an `Authorization` header's value, or undefined for a stranger. */
export type Authorise = (header: string | undefined) => Role | undefined;

/** Shorter tokens can be guessed over the network. */
const SHORTEST = 16;

/**
 * Tokens of a list in a variable or a file: separated by commas or line ends; `#` starts a comment
 * line. `source` names the list in errors, which never repeat a token.
 * @throws VllmCpuError TOKEN_INVALID
 */
export function parseTokens(text: string, source: string): string[] {
  const tokens = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((token) => token.trim())
    .filter(Boolean);
  for (const [index, token] of tokens.entries()) {
    // RFC 6750, section 2.1: what a bearer token may consist of.
    if (token.length >= SHORTEST && /^[\w.~+/-]+=*$/.test(token)) continue;
    throw new VllmCpuError({
      code: 'TOKEN_INVALID',
      what: `token ${index + 1} of ${source} is invalid`,
      why: `A token has at least ${SHORTEST} characters: letters, digits and - . _ ~ + / =`,
      next: 'Create one with: openssl rand -hex 32',
    });
  }
  return tokens;
}

/**
 * The check of a bearer token. Digests of equal length are compared in constant time, and all of
 * them every time, so that neither the answer's time nor an early end tells how much was right.
 * @throws VllmCpuError TOKENS_MISSING, TOKEN_INVALID
 */
export function createAuthorise(
  readTokens: readonly string[],
  writeTokens: readonly string[],
): Authorise {
  if (readTokens.length + writeTokens.length === 0) {
    throw new VllmCpuError({
      code: 'TOKENS_MISSING',
      what: 'no access token is configured',
      why: 'Anyone who can write to a build cache controls what everyone else installs.',
      next: 'Set VLLM_CPU_CACHE_WRITE_TOKENS or VLLM_CPU_CACHE_WRITE_TOKENS_FILE; see --help.',
    });
  }
  if (readTokens.some((token) => writeTokens.includes(token))) {
    throw new VllmCpuError({
      code: 'TOKEN_INVALID',
      what: 'the same token is used for read-only and read-write access',
      next: 'Use each token for one role only.',
    });
  }
  const known = [
    ...readTokens.map((token) => ({ role: 'read' as const, digest: digestOf(token) })),
    ...writeTokens.map((token) => ({ role: 'write' as const, digest: digestOf(token) })),
  ];
  return (header) => {
    const given = digestOf(/^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '');
    let role: Role | undefined;
    for (const token of known) {
      if (timingSafeEqual(token.digest, given)) role = token.role;
    }
    return role;
  };
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
