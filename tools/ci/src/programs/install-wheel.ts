import { join } from 'node:path';
import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import { capture, show } from './processes.ts';

type Argv = [string, ...string[]];

/**
 * Makes an environment for one Python and installs a wheel with its dependencies, of which the embedded
 * sample has none. uv is used where it is installed: its cache serves every Python.
 * @returns undefined, or what went wrong
 */
export async function installInto(
  environment: string,
  python: string,
  wheel: string,
  embedded: boolean,
): Promise<string | undefined> {
  const base = await interpreter(python);
  if (!base) return `python${python} not found`;
  const uv = (await capture(['uv', '--version'])).status === 0;
  const more = embedded ? ['--no-deps'] : ['--extra-index-url', TORCH_CPU_INDEX];
  for (const argv of uv
    ? byUv(environment, base, wheel, embedded, more)
    : byPip(environment, base, wheel, more)) {
    console.log(`$ ${argv.join(' ')}`);
    const status = await show(argv);
    if (status !== 0) return `${argv.slice(0, 3).join(' ')} failed with ${status}`;
  }
  return undefined;
}

function byUv(
  environment: string,
  base: string,
  wheel: string,
  embedded: boolean,
  more: readonly string[],
): Argv[] {
  // As pip does: the best version of all indexes, not those of the first that has any.
  const strategy = embedded ? [] : ['--index-strategy', 'unsafe-best-match'];
  const own = join(environment, 'bin/python');
  return [
    ['uv', 'venv', '--quiet', '--python', base, environment],
    ['uv', 'pip', 'install', '--quiet', '--python', own, ...more, ...strategy, wheel],
  ];
}

function byPip(environment: string, base: string, wheel: string, more: readonly string[]): Argv[] {
  const quiet = ['--quiet', '--disable-pip-version-check'];
  return [
    [base, '-m', 'venv', environment],
    [join(environment, 'bin/python'), '-m', 'pip', 'install', ...quiet, ...more, wheel],
  ];
}

/** `python3.12`, or `python3` where that is this version; undefined where neither is here. */
async function interpreter(python: string): Promise<string | undefined> {
  if ((await capture([`python${python}`, '--version'])).status === 0) return `python${python}`;
  const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
  const { printed } = await capture(['python3', '-c', code]);
  return printed.trim() === python ? 'python3' : undefined;
}
