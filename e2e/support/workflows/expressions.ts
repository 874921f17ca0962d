import { Evaluator, Lexer, Parser, data } from '@actions/expressions';
import { truthy } from '@actions/expressions/result';

/** What `${{ }}` can name: github, inputs, needs, matrix, steps, vars, secrets. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What the status functions answer: success(), failure(), always(), cancelled(). */
export interface Status {
  failed: boolean;
  /** Something that was needed was skipped or failed. */
  blocked: boolean;
}

/**
 * Evaluates a text with `${{ }}` as GitHub does: a text that is one expression keeps its type, others
 * become parts of the text.
 */
export function interpolate(text: string, contexts: Contexts, status: Status): unknown {
  const whole = /^\s*\$\{\{((?:(?!\}\})[\s\S])*)\}\}\s*$/.exec(text)?.[1];
  if (whole !== undefined) return plain(evaluate(whole, contexts, status));
  return text.replaceAll(/\$\{\{([\s\S]*?)\}\}/g, (_all, expression: string) =>
    asText(plain(evaluate(expression, contexts, status))),
  );
}

/** Evaluates an `if:`; without a status function in it, success() is meant as well. */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  const bare = condition?.trim().replace(/^\$\{\{([\s\S]*)\}\}$/, '$1') ?? 'success()';
  const asksStatus = /\b(success|failure|always|cancelled)\s*\(/.test(bare);
  const value = truthy(evaluate(bare, contexts, status));
  return value && (asksStatus || !(status.failed || status.blocked));
}

export function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** By GitHub's own evaluator, which has no status functions: those are the runner's. */
function evaluate(source: string, contexts: Contexts, status: Status): data.ExpressionData {
  const functions = Object.entries({
    success: !status.failed && !status.blocked,
    failure: status.failed,
    always: true,
    cancelled: false,
  }).map(([name, answer]) => ({
    ...{ name, minArgs: 0, maxArgs: 0 },
    call: () => new data.BooleanData(answer),
  }));
  const { tokens } = new Lexer(source).lex();
  const expression = new Parser(tokens, Object.keys(contexts), functions).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  const byName = new Map(functions.map((each) => [each.name, each]));
  return new Evaluator(expression, known, byName).evaluate();
}

function plain(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer)) as unknown;
}
