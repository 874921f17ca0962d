import { knownFeatures } from '../variant/features.ts';
import type { CmakeArgument, CmakeCommand } from './cmake-commands.ts';
import { evaluateCondition } from './cmake-condition.ts';
import type { Truth } from './cmake-condition.ts';
import { shapeError } from './shape.ts';

const X86_64_LINUX: Readonly<Record<string, string>> = {
  CMAKE_SYSTEM_NAME: 'Linux',
  CMAKE_SYSTEM_PROCESSOR: 'x86_64',
};

/** One `if` that is open: whether this branch can run, and whether an earlier one surely did. */
interface Block {
  reachable: boolean;
  /** False where the branch runs for certain. */
  conditional: boolean;
  settled: boolean;
}

/**
 * The commands that can run on some x86-64 Linux machine, conditions included. Branches for other
 * processors are left out by following what the file itself does: a `find_isa` for a word that no
 * x86 feature contains is false, a variable that only such a branch sets is false as well.
 * Everything that depends on the CPU, the environment or the compiler stays in.
 */
export function reachableOnX86(commands: readonly CmakeCommand[], file: string): CmakeCommand[] {
  const variables = new Variables(commands);
  const open: Block[] = [];
  let insideFunction = 0;
  const reachable = commands.filter((command) => {
    if (/^(?:function|macro)$/.test(command.name)) insideFunction += 1;
    if (/^end(?:function|macro)$/.test(command.name)) insideFunction -= 1;
    // What a function's variables hold is not followed, so both ways through it stay in.
    const evaluate = (): Truth =>
      insideFunction > 0 ? undefined : evaluateCondition(command.args, variables);
    if (moveTo(command, open, evaluate, file)) return open.at(-2)?.reachable ?? true;
    const here = open.at(-1);
    const runs = here?.reachable ?? true;
    if (runs && insideFunction === 0) variables.follow(command, here?.conditional ?? false);
    return runs;
  });
  if (open.length > 0) throw shapeError(file, 'the endif of an if');
  return reachable;
}

/** Opens, changes or closes a block; true where `command` did one of these. */
function moveTo(
  command: CmakeCommand,
  open: Block[],
  evaluate: () => Truth,
  file: string,
): boolean {
  const { name, line } = command;
  if (name === 'if') {
    open.push(firstBranch(evaluate(), open.at(-1)));
    return true;
  }
  if (!/^(?:elseif|else|endif)$/.test(name)) return false;
  const block = open.pop();
  if (!block) throw shapeError(file, `the if of the ${name} in line ${line}`);
  if (name !== 'endif') {
    open.push(nextBranch(name === 'else' ? true : evaluate(), block, open.at(-1)));
  }
  return true;
}

function firstBranch(truth: Truth, parent: Block | undefined): Block {
  return {
    reachable: (parent?.reachable ?? true) && truth !== false,
    conditional: (parent?.conditional ?? false) || truth !== true,
    settled: truth === true,
  };
}

function nextBranch(truth: Truth, previous: Block, parent: Block | undefined): Block {
  return {
    reachable: (parent?.reachable ?? true) && !previous.settled && truth !== false,
    // It runs only where no branch before it did; taken as possible, never as certain.
    conditional: true,
    settled: previous.settled || truth === true,
  };
}

/** What is known of the variables at one place of the file. */
class Variables {
  private readonly truths = new Map<string, Truth>();
  private readonly assigned: ReadonlySet<string>;
  private readonly functions: ReadonlySet<string>;

  constructor(commands: readonly CmakeCommand[]) {
    this.functions = new Set(
      commands
        .filter(({ name }) => name === 'function' || name === 'macro')
        .map(({ args }) => args[0]?.text.toLowerCase() ?? ''),
    );
    this.assigned = new Set(commands.flatMap((command) => this.targets(command)));
  }

  text(name: string): string | undefined {
    return X86_64_LINUX[name];
  }

  /** A variable that this file sets, but has not set on any way to here, is false. */
  truth(name: string): Truth {
    return this.truths.has(name) || !this.assigned.has(name) ? this.truths.get(name) : false;
  }

  follow(command: CmakeCommand, conditional: boolean): void {
    const value = this.valueOf(command);
    for (const name of this.targets(command)) {
      this.truths.set(name, conditional && this.truth(name) !== value ? undefined : value);
    }
  }

  private targets({ name, args }: CmakeCommand): string[] {
    if (name === 'set') return args.slice(0, 1).map(({ text }) => text);
    const bare = (argument: CmakeArgument): boolean =>
      !argument.quoted && /^[A-Za-z_]\w*$/.test(argument.text);
    return this.functions.has(name) ? args.filter(bare).map(({ text }) => text) : [];
  }

  private valueOf({ name, args }: CmakeCommand): Truth {
    const [, second] = args;
    if (name === 'set') {
      return second && !second.quoted ? evaluateCondition([second], this) : undefined;
    }
    if (name !== 'find_isa' || !second) return undefined;
    // Upstream searches for a substring: "bf16" is found in avx512_bf16, "asimd" nowhere on x86.
    const found = knownFeatures('linux-x86_64').some((feature) => feature.includes(second.text));
    return found ? undefined : false;
  }
}
