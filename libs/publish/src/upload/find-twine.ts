import { open } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { allowedEnv } from '@vllm-cpu/system/run';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import type { Runner } from '@vllm-cpu/system/run';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

/** A Python in which twine can be imported. */
export interface Twine {
  python: string;
  version: string;
}

export interface TwineSearch {
  runner: Runner;
  /** Asked first; else the interpreter of the `twine` that PATH has (pipx, uv tool). */
  python: string;
  env: Readonly<Record<string, string | undefined>>;
}

const NEEDED = '6.1';
const ASK_VERSION = 'import importlib.metadata as m, twine; print(m.version("twine"))';

/** @throws VllmCpuError TWINE_MISSING */
export async function findTwine(search: TwineSearch): Promise<Twine> {
  const env = allowedEnv(search.env);
  const behind = await interpreterOfScript('twine', search.env['PATH']);
  for (const python of behind ? [search.python, behind] : [search.python]) {
    const asked = search.runner.try({ argv: [python, '-c', ASK_VERSION], env });
    const answer = await asked.catch(() => undefined);
    if (answer?.exitCode === 0) return { python, version: answer.stdout.trim() };
  }
  throw new VllmCpuError({
    code: 'TWINE_MISSING',
    what: 'twine not found',
    why: `twine uploads the wheels. It is neither a module of ${search.python} nor a program on PATH.`,
    next: installCommand(search.python),
  });
}

/** What only a newer twine can do with a wheel. */
export interface TwineTask {
  wheel: PublishableWheel;
  trustedPublishing: boolean;
}

/**
 * twine reads Metadata-Version 2.4 (PEP 639), and has trusted publishing, from 6.1 on:
 * https://twine.readthedocs.io/en/stable/changelog.html
 * @throws VllmCpuError TWINE_TOO_OLD
 */
export function checkTwineVersion(twine: Twine, tasks: readonly TwineTask[]): void {
  if (isAtLeast(twine.version, NEEDED)) return;
  const why = tasks.flatMap(reasonForNewer)[0];
  if (!why) return;
  throw new VllmCpuError({
    code: 'TWINE_TOO_OLD',
    what: `twine ${twine.version} cannot upload ${why.fileName}`,
    why: `${why.because} from ${NEEDED} on.`,
    next: installCommand(twine.python),
  });
}

function reasonForNewer(task: TwineTask): { fileName: string; because: string }[] {
  const { fileName, metadataVersion } = task.wheel;
  if (isAtLeast(metadataVersion, '2.4')) {
    const because = `Its Metadata-Version is ${metadataVersion}, which twine reads`;
    return [{ fileName, because }];
  }
  return task.trustedPublishing ? [{ fileName, because: 'twine has trusted publishing' }] : [];
}

function installCommand(python: string): string {
  return `Run ${python} -m pip install --upgrade 'twine>=${NEEDED}'`;
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
