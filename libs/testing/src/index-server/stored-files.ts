import { createHash } from 'node:crypto';

/** A file that the index has. */
export interface StoredFile {
  project: string;
  version: string;
  fileName: string;
  content: Buffer;
  sha256: string;
  requiresPython: string | undefined;
  /** The form field: a JSON list of attestations (PEP 740). */
  attestations?: string | undefined;
  uploadTime: Date;
}

/** What the index has; tests look into it and change it. */
export interface StoredFiles {
  files: Map<string, StoredFile>;
  /** Names that were used once and deleted. */
  deleted: Set<string>;
}

export function createStoredFiles(): StoredFiles {
  return { files: new Map(), deleted: new Set() };
}

export function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
