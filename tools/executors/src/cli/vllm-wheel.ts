import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectOptions } from '../executors/inspect/options.ts';
import { inspect } from '@vllm-cpu/commands/inspect';
import { openRepository } from '@vllm-cpu/commands/repository';
import { atBoundary, VllmCpuError } from '@vllm-cpu/system/errors';
import { parseValue } from '@vllm-cpu/system/parse-json';
import { theOptions, wrongArgument } from '@vllm-cpu/system/wrong-argument';

const HELP = `Usage: vllm-wheel inspect <wheel or .so> [options]

Prints which instruction-set level each compiled module really needs, the oldest glibc that it runs on, and what
is wrong with the wheel. Works on any wheel and on a single ELF file (.so).

Options:
  --variant NAME   check it against this variant, a folder packages/variant-NAME; default: the variant
                   in the name of the wheel
  --only NAMES     run only these checks, comma-separated; default: all
  --json           print the report as JSON (schema: tools/executors/schemas/report.schema.json)
  --help           print this

Exit status: 0 passed, or read and not checked against a variant; 1 failed; 2 wrong usage.
`;

const OPTIONS = {
  variant: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The command line of `vllm-wheel`; resolves to the exit status. */
export async function main(
  argv: readonly string[],
  print: (text: string) => void = (text) => process.stdout.write(text),
): Promise<number> {
  let usage = false;
  const ok = await atBoundary(async () => {
    const parsed = parse(argv, () => (usage = true));
    if (parsed === 'help') {
      print(HELP);
      return true;
    }
    const repository = openRepository(join(import.meta.dirname, '../../../..'), (line) =>
      print(`${line}\n`),
    );
    return inspect(parsed, repository, process.cwd());
  });
  return ok ? 0 : usage ? 2 : 1;
}

function parse(argv: readonly string[], wrong: () => void) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: OPTIONS,
    });
    if (values.help) return 'help';
    const [command, wheel, ...more] = positionals;
    if (command !== 'inspect' || !wheel || more.length > 0) {
      throw new Error('usage: vllm-wheel inspect <wheel or .so> [options]');
    }
    const { variant, only, json } = values;
    return parseValue({ wheel, variant, only, json }, inspectOptions, 'the command line');
  } catch (cause) {
    wrong();
    throw new VllmCpuError({
      code: 'USAGE',
      what: wrongArgument(cause),
      why: theOptions(OPTIONS),
      next: 'See vllm-wheel --help.',
      cause,
    });
  }
}
