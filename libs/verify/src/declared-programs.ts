import { isAbsolute } from 'node:path';
import type { Command, Runner } from '@vllm-cpu/system/run';
import type { Check } from './check.ts';
import type { VerifyContext } from './context.ts';

/**
 * A runner that starts nothing but `programs` and what is given by its path: the interpreter of the
 * import check, which is in the key, and what that put into the check's own folder. A program that a
 * check does not declare would not be in verify's key, so that an old report outlived its update.
 */
export function declaredPrograms(
  { runner, importSetup }: Pick<VerifyContext, 'runner' | 'importSetup'>,
  { name, programs }: Pick<Check, 'name' | 'programs'>,
): Runner {
  const checked = (command: Command): Command => {
    const [program] = command.argv;
    if (isAbsolute(program) || program === importSetup?.python) return command;
    if (programs.includes(program)) return command;
    throw new TypeError(`the check ${name} does not declare that it calls ${program}`);
  };
  return {
    try: async (command) => runner.try(checked(command)),
    run: async (command) => runner.run(checked(command)),
  };
}
