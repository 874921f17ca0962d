/**
 * Whether an environment marker (PEP 508) holds on Linux on `machine`. Only variables that tell
 * machines and systems apart are known; an `extra` never holds, anything else is taken as true.
 */
export function isRequired(marker: string, machine: string): boolean {
  const tokens = marker.match(/\(|\)|'[^']*'|"[^"]*"|[^\s()'"=!<>]+|[=!<>]+/g) ?? [];
  if (tokens.length === 0) return true;
  return new Marker(tokens, machine).or();
}

class Marker {
  readonly tokens: readonly string[];
  readonly machine: string;
  position = 0;

  constructor(tokens: readonly string[], machine: string) {
    this.tokens = tokens;
    this.machine = machine;
  }

  or(): boolean {
    let value = this.and();
    while (this.accept('or')) value = this.and() || value;
    return value;
  }

  and(): boolean {
    let value = this.comparison();
    while (this.accept('and')) value = this.comparison() && value;
    return value;
  }

  comparison(): boolean {
    if (this.accept('(')) {
      const value = this.or();
      this.accept(')');
      return value;
    }
    const left = this.next();
    const operator = this.next();
    const right = this.next();
    if (left === 'extra' || right === 'extra') return false;
    const known = this.valueOf(left) ?? this.valueOf(right);
    if (known === undefined || (operator !== '==' && operator !== '!=')) return true;
    return (known === unquoted(left) || known === unquoted(right)) === (operator === '==');
  }

  valueOf(name: string): string | undefined {
    if (name === 'platform_machine') return this.machine;
    if (name === 'platform_system') return 'Linux';
    return name === 'sys_platform' ? 'linux' : undefined;
  }

  accept(token: string): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position += 1;
    return true;
  }

  next(): string {
    this.position += 1;
    return this.tokens[this.position - 1] ?? '';
  }
}

function unquoted(token: string): string {
  return /^['"]/.test(token) ? token.slice(1, -1) : '';
}
