/** Replaces every occurrence of each secret by asterisks. Secrets under 4 characters are ignored. */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets) {
    if (secret.length >= 4) safe = safe.replaceAll(secret, '****');
  }
  return safe;
}
