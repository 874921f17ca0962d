import { satisfies } from '@renovatebot/pep440';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';

const TOKEN =
  /\s*(?:(?<paren>[()])|(?<text>"[^"]*"|'[^']*')|(?<word>not\s+in\b|[a-z_]+|[<>=!~]+))/y;

/** The PEP 508 variables whose values are compared as versions. */
const VERSIONS = new Set(['python_version', 'python_full_version']);

/** The PEP 508 variables that a platform decides, and a Python where one is given (X.Y.Z). */
function variablesOf(platform: Platform, python?: string): Readonly<Record<string, string>> {
  return {
    ...(python
      ? {
          python_full_version: python,
          python_version: python.split('.').slice(0, 2).join('.'),
        }
      : {}),
    os_name: 'posix',
    sys_platform: 'linux',
    platform_system: 'Linux',
    platform_machine: machineOf(platform),
    platform_python_implementation: 'CPython',
    implementation_name: 'cpython',
  };
}

/**
 * Whether an environment marker holds on `platform`, for `python` (X.Y.Z) where one is given; null
 * where it is malformed or asks for something that these do not decide (an extra).
 * @see https://peps.python.org/pep-0508/#environment-markers
 */
export function markerHolds(marker: string, platform: Platform, python?: string): boolean | null {
  const tokens = tokenize(marker);
  const variables = variablesOf(platform, python);
  if (!tokens) return null;
  let at = 0;
  const disjunction = (): boolean | null => {
    let value = conjunction();
    while (tokens[at] === 'or') {
      at += 1;
      value = either(value, conjunction(), true);
    }
    return value;
  };
  const conjunction = (): boolean | null => {
    let value = comparison();
    while (tokens[at] === 'and') {
      at += 1;
      value = either(value, comparison(), false);
    }
    return value;
  };
  const comparison = (): boolean | null => {
    if (tokens[at] === '(') {
      at += 1;
      const value = disjunction();
      return tokens[at++] === ')' ? value : null;
    }
    const [left, operator, right] = tokens.slice(at, at + 3);
    at += 3;
    const values = [valueOf(left, variables), valueOf(right, variables)] as const;
    if (!VERSIONS.has(left ?? '')) return compare(values[0], operator, values[1]);
    return compareVersions(values[0], operator, values[1]);
  };
  const value = disjunction();
  return at === tokens.length ? value : null;
}

/** Combines by `or` (deciding true) or `and` (deciding false); unknown unless the other decides. */
function either(a: boolean | null, b: boolean | null, deciding: boolean): boolean | null {
  if (a === deciding || b === deciding) return deciding;
  return a === null || b === null ? null : !deciding;
}

function tokenize(marker: string): string[] | null {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const source = marker.trimEnd();
  while (TOKEN.lastIndex < source.length) {
    const groups = TOKEN.exec(source)?.groups;
    if (!groups) return null;
    tokens.push(groups['paren'] ?? groups['text'] ?? groups['word']?.replace(/\s+/, ' ') ?? '');
  }
  return tokens;
}

function valueOf(
  token: string | undefined,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  return token && /^["']/.test(token) ? token.slice(1, -1) : variables[token ?? ''];
}

function compare(
  left: string | undefined,
  operator: string | undefined,
  right: string | undefined,
): boolean | null {
  if (left === undefined || right === undefined) return null;
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (operator === 'in') return right.includes(left);
  if (operator === 'not in') return !right.includes(left);
  return null;
}

function compareVersions(
  version: string | undefined,
  operator: string | undefined,
  other: string | undefined,
): boolean | null {
  if (version === undefined || other === undefined) return null;
  if (operator === 'in' || operator === 'not in') {
    return other.split(/[\s,|]+/).includes(version) === (operator === 'in');
  }
  return /^([<>]=?|[=!~]=|===)$/.test(operator ?? '')
    ? satisfies(version, `${operator}${other}`)
    : null;
}
