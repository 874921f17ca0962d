import { it as jestIt } from '@jest/globals';

/**
 * `it` for a test that needs something of the machine. Where that is missing the test is skipped
 * with the reason in its name, or fails when VLLM_CPU_NO_SKIP=1 (the gate sets it).
 */
export function requires(
  reason: string,
  available: boolean,
): (name: string, body: () => Promise<void> | void, timeout?: number) => void {
  if (available) return (name, body, timeout) => jestIt(name, body, timeout);
  if (process.env['VLLM_CPU_NO_SKIP'] === '1') {
    return (name) =>
      jestIt(name, () => {
        throw new Error(`needs ${reason}, and skips are not allowed here`);
      });
  }
  return (name, body) => jestIt.skip(`${name} [skipped: needs ${reason}]`, body);
}

/**
 * `it` for a test that needs a CPU with certain features. No set-up can install one, so without it the test is
 * skipped in the gate too; `npm test` prints the reason.
 */
export function requiresCpu(
  features: string,
  available: boolean,
): (name: string, body: () => Promise<void> | void, timeout?: number) => void {
  if (available) return (name, body, timeout) => jestIt(name, body, timeout);
  return (name, body) => jestIt.skip(`${name} [skipped: needs a CPU with ${features}]`, body);
}
