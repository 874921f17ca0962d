const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `action` with an AbortSignal that Ctrl-C, SIGTERM and SIGHUP abort, so that it can say what it
 * left behind; without it this process would end at once. A second one ends it as always.
 */
export async function interruptible<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    unwatch();
    controller.abort();
  };
  const unwatch = (): void => SIGNALS.forEach((signal) => process.off(signal, abort));
  SIGNALS.forEach((signal) => process.on(signal, abort));
  try {
    return await action(controller.signal);
  } finally {
    unwatch();
  }
}
