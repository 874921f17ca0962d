import { DetectError } from './errors.ts';
import { RELEASE } from './install.ts';
import { wholeNumber } from './files.ts';

export const FORMATS = ['text', 'env', 'docker', 'compose', 'systemd', 'json'] as const;
export const BINDINGS = ['explicit', 'auto', 'nobind'] as const;

/** The command line, understood. */
export interface Options {
  action: 'recommend' | 'quiet' | 'explain' | 'serve' | 'check' | 'version' | 'help';
  json: boolean;
  uv: boolean;
  release: string | null;
  cpuinfo: string | null;
  root: string | null;
  model: string | null;
  format: (typeof FORMATS)[number];
  bind: (typeof BINDINGS)[number] | null;
  weightsGib: number | null;
  maxModelLen: number | null;
  image: string | null;
  python: string | null;
  sitePackages: string[];
}

const ACTIONS: Readonly<Record<string, Options['action']>> = {
  '-q': 'quiet',
  '--quiet': 'quiet',
  '--explain': 'explain',
  '--serve': 'serve',
  '--check': 'check',
  '--version': 'version',
  '-h': 'help',
  '--help': 'help',
};

const VALUES = new Set([
  '--release',
  '--cpuinfo',
  '--root',
  '--format',
  '--bind',
  '--weights',
  '--max-model-len',
  '--image',
  '--python',
  '--site-packages',
]);

/** Options that mean something only together with an action. */
const BELONGS: readonly (readonly [string, Options['action']])[] = [
  ['--format', 'serve'],
  ['--bind', 'serve'],
  ['--weights', 'serve'],
  ['--max-model-len', 'serve'],
  ['--image', 'serve'],
  ['--python', 'check'],
  ['--site-packages', 'check'],
];

/**
 * Understands the command line.
 * @throws DetectError USAGE
 */
export function parseOptions(argv: readonly string[]): Options {
  const options: Options = {
    action: 'recommend',
    json: false,
    uv: false,
    release: null,
    cpuinfo: null,
    root: null,
    model: null,
    format: 'text',
    bind: null,
    weightsGib: null,
    maxModelLen: null,
    image: null,
    python: null,
    sitePackages: [],
  };
  const given = new Set<string>();
  const rest = [...argv];
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const inline = equals < 0 ? null : word.slice(equals + 1);
    given.add(name);
    const action = ACTIONS[name];
    if (action !== undefined) {
      if (options.action !== 'recommend' && options.action !== action) {
        throw usage(`${name} cannot be combined with --${options.action}.`);
      }
      options.action = action;
      if (action === 'serve') options.model = inline ?? optionalWord(rest);
      else if (inline !== null) throw usage(`${name} takes no value.`);
    } else if (name === '--json' || name === '--uv') {
      if (inline !== null) throw usage(`${name} takes no value.`);
      options[name === '--json' ? 'json' : 'uv'] = true;
    } else if (VALUES.has(name)) {
      const value = inline ?? rest.shift();
      if (value === undefined || value === '') throw usage(`${name} needs a value.`);
      assign(options, name, value);
    } else {
      throw usage(`${word} is not an option of vllm-cpu-detect.`);
    }
  }
  return checked(options, given);
}

function optionalWord(rest: string[]): string | null {
  const next = rest[0];
  return next === undefined || next.startsWith('-') ? null : (rest.shift() ?? null);
}

function assign(options: Options, name: string, value: string): void {
  if (name === '--release') {
    if (!RELEASE.test(value)) throw usage(`${value} is not a version such as 0.12.0.`);
    options.release = value;
  } else if (name === '--cpuinfo') options.cpuinfo = value;
  else if (name === '--root') options.root = value;
  else if (name === '--format') options.format = oneOf(FORMATS, name, value);
  else if (name === '--bind') options.bind = oneOf(BINDINGS, name, value);
  else if (name === '--weights') options.weightsGib = positive(name, value);
  else if (name === '--max-model-len') options.maxModelLen = positive(name, value);
  else if (name === '--image') options.image = value;
  else if (name === '--python') options.python = value;
  else options.sitePackages.push(value);
}

function oneOf<T extends string>(choices: readonly T[], name: string, value: string): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw usage(`${name} takes one of ${choices.join(', ')}.`);
  return choice;
}

function positive(name: string, value: string): number {
  const number = wholeNumber(value);
  if (number === null || number < 1 || number > 1e9) {
    throw usage(`${name} takes a whole number above zero.`);
  }
  return number;
}

function checked(options: Options, given: ReadonlySet<string>): Options {
  const stray = BELONGS.find(([name, action]) => given.has(name) && options.action !== action);
  if (stray) throw usage(`${stray[0]} means something only together with --${stray[1]}.`);
  if (options.cpuinfo !== null && options.root !== null) {
    throw usage('--cpuinfo cannot be combined with --root.');
  }
  if (options.json && (options.action === 'quiet' || options.action === 'explain')) {
    throw usage(`--json cannot be combined with --${options.action}.`);
  }
  if (options.json && options.format !== 'text' && options.format !== 'json') {
    throw usage(`--json cannot be combined with --format=${options.format}.`);
  }
  return { ...options, json: options.json || options.format === 'json' };
}

function usage(what: string): DetectError {
  return new DetectError({
    code: 'USAGE',
    what,
    why: 'The command line is not understood.',
    next: 'See vllm-cpu-detect --help.',
    exitCode: 64,
  });
}
