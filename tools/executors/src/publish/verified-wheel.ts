/** What verify found out about one file; the digest ties it to these bytes and no others. */
export interface VerifiedWheel {
  fileName: string;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** Every check passed. */
  ok: boolean;
  /** Short name of the variant: `avx512`. */
  variant: string;
  /** Name of the pin: `0.12.0`, `sample`. */
  release: string;
  /** Version of torch that the wheel was compiled against; null where it needs none. */
  torch: string | null;
}

/** The pin that a wheel must agree with. */
export interface ExpectedRelease {
  /** Name of the pin: `0.12.0`, `sample`. */
  name: string;
  /** PEP 440, without a postfix of ours. */
  version: string;
  /** Version of torch for the wheel's platform; null where the release needs none. */
  torch: string | null;
  /** Made from the embedded sample: never leaves this machine. */
  embedded: boolean;
}
