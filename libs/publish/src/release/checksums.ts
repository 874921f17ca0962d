/** Name and SHA-256 of a file. */
export interface Checksum {
  fileName: string;
  /** Lower-case hexadecimal. */
  sha256: string;
}

/** The text of SHA256SUMS, as `sha256sum --check` reads it; sorted by name. */
export function formatChecksums(files: readonly Checksum[]): string {
  return [...files]
    .sort((a, b) => (a.fileName < b.fileName ? -1 : 1))
    .map((file) => `${file.sha256}  ${file.fileName}\n`)
    .join('');
}

/** Reads SHA256SUMS; lines of another form are passed over. */
export function parseChecksums(text: string): Checksum[] {
  return text.split('\n').flatMap((line) => {
    const [, sha256, fileName] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    return sha256 && fileName ? [{ fileName, sha256 }] : [];
  });
}
