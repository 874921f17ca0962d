import { z } from 'zod';

/** A version as upstream tags it has a `v` in front, which names the same release. */
export function withoutTagPrefix(text: string): string {
  return text.trim().replace(/^v(?=\d)/i, '');
}

/** An option that names a release; both spellings are taken, and the number that Nx makes of 0.12. */
export function releaseOption(about: string) {
  return z.union([z.string(), z.number()]).transform(nameOf).describe(about);
}

function nameOf(given: string | number): string {
  return withoutTagPrefix(String(given));
}
