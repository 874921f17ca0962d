/** What goes wrong with one upload request. */
export type UploadFault =
  /** The connection is cut when this many bytes of the body have arrived. */
  | { kind: 'cut'; afterBytes: number }
  /** The file is taken, and the connection cut instead of an answer. */
  | { kind: 'answer-lost' }
  /** An answer without looking at the body. */
  | { kind: 'status'; status: number; retryAfter?: string; reason?: string }
  /** The whole body is read and the answer never comes. */
  | { kind: 'silent' };

/** What goes wrong with reading a project's page. */
export type ReadFault =
  { kind: 'status'; status: number; retryAfter?: string } | { kind: 'slow'; milliseconds: number };

/** Faults by turn: each request takes the first of its queue; an empty queue means health. */
export interface Faults {
  uploads: (UploadFault | undefined)[];
  reads: (ReadFault | undefined)[];
  /** Uploaded files are never listed. */
  hidesUploads: boolean;
  /** Files that are not listed, as an index that lost them. */
  lost: Set<string>;
}

export function noFaults(): Faults {
  return { uploads: [], reads: [], hidesUploads: false, lost: new Set() };
}
