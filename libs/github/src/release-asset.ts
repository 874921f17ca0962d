/** One file that belongs to a release. */
export interface ReleaseAsset {
  name: string;
  sha256: string;
  contentType: string;
  /** The bytes, read when they are needed; proved against the digest. */
  read: () => Promise<Uint8Array>;
}
