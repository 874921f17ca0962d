import { z } from 'zod';

/** A version as upstream tags it has a `v` in front, which names the same release. */
export function withoutTagPrefix(text: string): string {
  return text.trim().replace(/^v(?=\d)/i, '');
}

/** An option that names a release; both spellings are taken. */
export function releaseOption(about: string) {
  return z.string().overwrite(withoutTagPrefix).describe(about);
}
