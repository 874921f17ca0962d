import type { CmakeArgument } from './cmake-commands.ts';

/** What is known of a condition before the build machine is: true, false, or undefined for either. */
export type Truth = boolean | undefined;

/** Looks up a variable: its text, its truth, or undefined where it can be anything. */
export interface KnownVariables {
  text(name: string): string | undefined;
  truth(name: string): Truth;
}

const UNARY = /^(?:EXISTS|COMMAND|POLICY|TARGET|TEST|DEFINED|IS_DIRECTORY|IS_SYMLINK|IS_ABSOLUTE)$/;
const BINARY =
  /^(?:MATCHES|IN_LIST|IS_NEWER_THAN|PATH_EQUAL|(?:STR|VERSION_)?(?:EQUAL|LESS|GREATER|LESS_EQUAL|GREATER_EQUAL))$/;

const not = (value: Truth): Truth => (value === undefined ? undefined : !value);
const and = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === true && b === true ? true : undefined;
const or = (a: Truth, b: Truth): Truth => not(and(not(a), not(b)));

/**
 * Evaluates the arguments of `if` or `elseif` as far as they are known.
 * @see https://cmake.org/cmake/help/latest/command/if.html
 */
export function evaluateCondition(
  args: readonly CmakeArgument[],
  variables: KnownVariables,
): Truth {
  let at = 0;
  const word = (): string | undefined => (args[at]?.quoted === false ? args[at]?.text : undefined);
  const taken = (expected: string): boolean => {
    if (word() !== expected) return false;
    at += 1;
    return true;
  };
  const disjunction = (): Truth => {
    let value = conjunction();
    while (taken('OR')) value = or(value, conjunction());
    return value;
  };
  const conjunction = (): Truth => {
    let value = negation();
    while (taken('AND')) value = and(value, negation());
    return value;
  };
  const negation = (): Truth => (taken('NOT') ? not(negation()) : test());
  const test = (): Truth => {
    if (taken('(')) {
      const value = disjunction();
      taken(')');
      return value;
    }
    if (UNARY.test(word() ?? '')) {
      at += 2;
      return undefined;
    }
    const left = args[at++];
    if (!left) return undefined;
    const operator = word();
    if (operator === undefined || !BINARY.test(operator)) return plain(left, variables);
    const right = args[at + 1];
    at += 2;
    return right && compared(left, operator, right, variables);
  };
  return disjunction();
}

function plain({ text, quoted }: CmakeArgument, variables: KnownVariables): Truth {
  if (/^(?:1|ON|YES|TRUE|Y)$/i.test(text)) return true;
  if (/^(?:0|OFF|NO|FALSE|N|IGNORE|NOTFOUND|.*-NOTFOUND|)$/i.test(text)) return false;
  return quoted || text.includes('$') ? undefined : variables.truth(text);
}

function compared(
  left: CmakeArgument,
  operator: string,
  right: CmakeArgument,
  variables: KnownVariables,
): Truth {
  const name = /^\$\{(\w+)\}$/.exec(left.text)?.[1] ?? left.text;
  const value = variables.text(name);
  if (value === undefined || right.text.includes('$')) return undefined;
  if (operator === 'STREQUAL') return value === right.text;
  if (operator === 'MATCHES') return new RegExp(right.text).test(value);
  return undefined;
}
