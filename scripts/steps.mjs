import { BootstrapError } from './bootstrap-error.mjs';
import { follow } from './processes.mjs';

/**
 * Runs programs as the steps of a script: a line for each, and what it printed if it fails, or with `verbose` at once.
 * @param {{ name: string, verbose: boolean, env: Record<string, string> }} options
 */
export function steps({ name, verbose, env }) {
  /**
   * Throws with the step's title unless the program ends with 0.
   * @param {string} title
   * @param {string[]} argv
   * @param {(line: string) => string | undefined} [shown] what is printed of a line in any case
   */
  return async (title, argv, shown = () => undefined) => {
    console.log(`[${name}] ${title}`);
    /** @type {string[]} */
    const printed = [];
    const status = await follow(argv, env, (line) => {
      printed.push(line);
      const text = verbose ? line : shown(line);
      if (text !== undefined) console.log(`         ${text}`);
    });
    if (status === 0) return;
    if (!verbose) console.log(printed.join('\n'));
    throw new BootstrapError({
      what: `${title}: failed (exit status ${status})`,
      why: 'What it printed is above.',
      next: `Fix the cause and run npm run ${name} again: finished steps are not repeated.`,
    });
  };
}
