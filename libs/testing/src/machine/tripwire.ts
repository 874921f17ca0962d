import type { Command, Finished, Runner } from '@vllm-cpu/system/run';

/** A runner for unit tests: answers from `answer`, and throws where a real process would start. */
export function fakeRunner(
  answer: (command: Command) => Partial<Finished> | undefined,
): Runner & { commands: Command[] } {
  const commands: Command[] = [];
  const attempt = async (command: Command): Promise<Finished> => {
    commands.push(command);
    const given = answer(command);
    if (!given) throw new Error(`tripwire: a unit test started ${command.argv.join(' ')}`);
    return { exitCode: 0, signal: null, stdout: '', stderr: '', ...given };
  };
  return {
    commands,
    try: attempt,
    run: async (command) => {
      const finished = await attempt(command);
      if (finished.exitCode !== 0) throw new Error(`${command.argv[0]}: ${finished.stderr}`);
      return finished;
    },
  };
}
