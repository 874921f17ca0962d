/**
 * The key of a request path `/v1/cache/<key>`, or undefined where it is none. Nx sends decimal
 * numbers, custom hashers hexadecimal digests. Nothing is decoded, so what passes is safe as a file
 * name: no dot, no slash, no percent sign.
 */
export function entryKeyOf(path: string): string | undefined {
  return /^\/v1\/cache\/([A-Za-z0-9_-]{1,128})$/.exec(path)?.[1];
}
