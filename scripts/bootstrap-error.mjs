/** A failure that the user can fix: what happened, why, and what to do next. */
export class BootstrapError extends Error {
  /** @param {{ what: string, why: string, next: string }} parts */
  constructor({ what, why, next }) {
    super(`${what}\n${why}\n${next}`);
    this.name = 'BootstrapError';
  }
}

/**
 * Runs `main`; a BootstrapError is printed without a stack, and the exit status becomes 1.
 * @param {() => Promise<number | void>} main
 */
export async function reportErrors(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(`\nError: ${error.message}`);
    process.exitCode = 1;
  }
}
