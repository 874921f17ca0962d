import { open } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { VllmCpuError } from '../system/errors.ts';
import { allowedEnv } from '../system/run.ts';
import type { Runner } from '../system/run.ts';
import type { PublishableWheel } from './publishable-wheel.ts';

/** A Python in which twine can be imported. */
export interface Twine {
  python: string;
  version: string;
  /** Upload URL of `pypi` and `testpypi` as this twine knows them. */
  builtInUrl(name: string): Promise<string>;
}

export interface TwineSearch {
  runner: Runner;
  /** Asked first; else the interpreter of the `twine` that PATH has (pipx, uv tool). */
  python: string;
  env: Readonly<Record<string, string | undefined>>;
}

const ASK_VERSION = 'import importlib.metadata as m, twine; print(m.version("twine"))';
const ASK_URL = [
  'import sys',
  'from twine.utils import DEFAULT_REPOSITORY, TEST_REPOSITORY',
  'print({"pypi": DEFAULT_REPOSITORY, "testpypi": TEST_REPOSITORY}[sys.argv[1]])',
].join('\n');

/** @throws VllmCpuError TWINE_MISSING */
export async function findTwine(search: TwineSearch): Promise<Twine> {
  const env = allowedEnv(search.env);
  const behind = await interpreterOfScript('twine', search.env['PATH']);
  for (const python of behind ? [search.python, behind] : [search.python]) {
    const ask = (...words: string[]) =>
      search.runner.try({ argv: [python, '-c', ...words], env }).catch(() => undefined);
    const answer = await ask(ASK_VERSION);
    if (answer?.exitCode !== 0) continue;
    return {
      python,
      version: answer.stdout.trim(),
      builtInUrl: async (name) => (await ask(ASK_URL, name))?.stdout.trim() ?? '',
    };
  }
  throw new VllmCpuError({
    code: 'TWINE_MISSING',
    what: 'twine, which uploads the wheels, was not found',
    why: `Neither ${search.python} nor a "twine" on PATH has it.`,
    next: installCommand(search.python),
  });
}

/**
 * twine reads Metadata-Version 2.4 (PEP 639) from 6.1 on.
 * @throws VllmCpuError TWINE_TOO_OLD
 */
export function checkTwineVersion(twine: Twine, wheels: readonly PublishableWheel[]): void {
  const [major = 0, minor = 0] = twine.version.split('.').map(Number);
  const wheel = wheels.find((candidate) => needsNewTwine(candidate.metadataVersion));
  if (!wheel || major > 6 || (major === 6 && minor >= 1)) return;
  throw new VllmCpuError({
    code: 'TWINE_TOO_OLD',
    what: `twine ${twine.version} cannot upload ${wheel.fileName}`,
    why: `Its Metadata-Version is ${wheel.metadataVersion}, which twine reads from 6.1 on.`,
    next: installCommand(twine.python),
  });
}

function needsNewTwine(metadataVersion: string): boolean {
  const [major = 0, minor = 0] = metadataVersion.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 4);
}

function installCommand(python: string): string {
  return `Run ${python} -m pip install --upgrade 'twine>=6.1'`;
}

/** The interpreter that the first line of a Python script on PATH names. */
async function interpreterOfScript(
  name: string,
  path: string | undefined,
): Promise<string | undefined> {
  for (const directory of (path ?? '').split(delimiter).filter(isAbsolute)) {
    const file = await open(join(directory, name)).catch(() => undefined);
    if (!file) continue;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
      const line = buffer.subarray(0, bytesRead).toString('latin1').split('\n')[0] ?? '';
      const interpreter = /^#!\s*(\/\S*python\S*)\s*$/.exec(line)?.[1];
      if (interpreter) return interpreter;
    } finally {
      await file.close();
    }
  }
  return undefined;
}
