/** What `${{ }}` can name: github, inputs, needs, matrix, steps, vars, secrets. */
export type Contexts = Readonly<Record<string, unknown>>;

/** What the status functions answer: success(), failure(), always(), cancelled(). */
export interface Status {
  failed: boolean;
  /** Something that was needed was skipped or failed. */
  blocked: boolean;
}

type Value = unknown;

const TOKEN =
  /\s*(?:('(?:[^']|'')*')|(\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||<=|>=|[<>!().,[\]*]))/y;

/**
 * Evaluates a text with `${{ }}` as GitHub does: a text that is one expression keeps its type, others
 * become parts of the text. Only what the workflows use is known; anything else throws.
 */
export function interpolate(text: string, contexts: Contexts, status: Status): Value {
  const whole = /^\s*\$\{\{((?:(?!\}\})[\s\S])*)\}\}\s*$/.exec(text)?.[1];
  if (whole !== undefined) return evaluate(whole, contexts, status);
  return text.replaceAll(/\$\{\{([\s\S]*?)\}\}/g, (_all, expression: string) =>
    asText(evaluate(expression, contexts, status)),
  );
}

/** Evaluates an `if:`; without a status function in it, success() is meant as well. */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  const bare = condition?.trim().replace(/^\$\{\{([\s\S]*)\}\}$/, '$1') ?? 'success()';
  const value = isTruthy(evaluate(bare, contexts, status));
  const asksStatus = /\b(success|failure|always|cancelled)\s*\(/.test(bare);
  return value && (asksStatus || !(status.failed || status.blocked));
}

export function asText(value: Value): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isTruthy(value: Value): boolean {
  return value !== null && value !== undefined && value !== '' && value !== false && value !== 0;
}

/** GitHub compares texts without regard to case, and null with an empty text as numbers. */
function areEqual(left: Value, right: Value): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    return left.toLowerCase() === right.toLowerCase();
  }
  if (typeof left === typeof right && left !== null) return left === right;
  return toNumber(left) === toNumber(right);
}

function toNumber(value: Value): number {
  if (value === null || value === undefined || value === '') return 0;
  return Number(value);
}

export function evaluate(source: string, contexts: Contexts, status: Status): Value {
  const tokens = tokensOf(source);
  let at = 0;
  const peek = (): string | undefined => tokens[at];
  const take = (expected?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(`${expected ?? 'more'} expected in "${source}"`);
    }
    return token;
  };
  // Both sides are read either way: nothing here has an effect.
  const or = (): Value => {
    let left = and();
    while (peek() === '||') {
      take();
      const right = and();
      left = isTruthy(left) ? left : right;
    }
    return left;
  };
  const and = (): Value => {
    let left = equality();
    while (peek() === '&&') {
      take();
      const right = equality();
      left = isTruthy(left) ? right : left;
    }
    return left;
  };
  const equality = (): Value => {
    let left = unary();
    while (peek() === '==' || peek() === '!=') {
      const same = take() === '==';
      left = areEqual(left, unary()) === same;
    }
    return left;
  };
  const unary = (): Value => {
    if (peek() !== '!') return primary();
    take();
    return !isTruthy(unary());
  };
  const primary = (): Value => {
    const token = take();
    if (token === '(') {
      const value = or();
      take(')');
      return value;
    }
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (/^\d/.test(token)) return Number(token);
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (peek() === '(') return call(token);
    if (!(token in contexts)) throw new Error(`unknown context ${token} in "${source}"`);
    return properties(contexts[token]);
  };
  const properties = (start: Value): Value => {
    let value = start;
    while (peek() === '.') {
      take();
      const name = take();
      value = (value as Record<string, Value> | null | undefined)?.[name] ?? null;
    }
    return value;
  };
  const call = (name: string): Value => {
    take('(');
    const given: Value[] = [];
    while (peek() !== ')') {
      given.push(or());
      if (peek() === ',') take();
    }
    take(')');
    if (name === 'fromJSON') return properties(JSON.parse(asText(given[0])));
    if (name === 'toJSON') return JSON.stringify(given[0] ?? null, null, 2);
    if (name === 'success') return !status.failed && !status.blocked;
    if (name === 'failure') return status.failed;
    if (name === 'always') return true;
    if (name === 'cancelled') return false;
    throw new Error(`unknown function ${name} in "${source}"`);
  };
  const value = or();
  if (at < tokens.length) throw new Error(`${tokens[at]} left over in "${source}"`);
  return value;
}

function tokensOf(source: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(source);
    if (!found) throw new Error(`"${source.slice(from)}" is not understood`);
    tokens.push(found.slice(1).find((part) => part !== undefined) ?? '');
  }
  return tokens;
}
