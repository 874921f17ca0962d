const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C reaches a task of Nx twice: from the terminal, and at once again from Nx. */
const SAME_INTERRUPTION = 1_000;

/**
 * Runs `action` with an AbortSignal that Ctrl-C, SIGTERM and SIGHUP abort, so that it can say what it
 * left behind and tidy up; without it this process would end at once. A later one ends it as always.
 */
export async function interruptible<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    if (controller.signal.aborted) return;
    controller.abort();
    setTimeout(unwatch, SAME_INTERRUPTION).unref();
  };
  const unwatch = (): void => SIGNALS.forEach((signal) => process.off(signal, abort));
  SIGNALS.forEach((signal) => process.on(signal, abort));
  try {
    return await action(controller.signal);
  } finally {
    unwatch();
  }
}
