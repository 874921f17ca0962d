import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Runner } from '@vllm-cpu/system/run';

export interface ChildEnvironmentRequest {
  /** The interpreter that it is made with, absolute. */
  python: string;
  folder: string;
  /** Lets it see that interpreter's packages: where torch is one of them. */
  systemSitePackages: boolean;
  withoutPip?: boolean | undefined;
  runner: Runner;
  env: Readonly<Record<string, string>>;
}

/**
 * Options of `pip install` that install a wheel and nothing else, also where the packages that are seen
 * have one of this version: that one is not the file that is to be tried.
 */
export const THE_FILE_ITSELF: readonly string[] = ['--ignore-installed', '--no-deps', '--no-index'];

const MINUTE = 60_000;

/** What the interpreter imports from when it is one of a virtual environment, else nothing. */
const ASK_OUTER = [
  'import json, site, sys',
  'print(json.dumps(site.getsitepackages() if sys.prefix != sys.base_prefix else []))',
].join('\n');

const ASK_OWN = 'import sysconfig; print(sysconfig.get_paths()["purelib"])';

/**
 * Makes a virtual environment. `--system-site-packages` is about the Python below: the packages of a
 * virtual environment that makes another one are shown to it by a .pth file.
 * @returns its interpreter
 */
export async function makeChildEnvironment(request: ChildEnvironmentRequest): Promise<string> {
  const { runner, env, folder } = request;
  const say = async (python: string, code: string): Promise<string> =>
    (await runner.run({ argv: [python, '-c', code], env })).stdout.trim();
  await runner.run({
    argv: [
      request.python,
      '-m',
      'venv',
      ...(request.systemSitePackages ? ['--system-site-packages'] : []),
      ...(request.withoutPip ? ['--without-pip'] : []),
      folder,
    ],
    env,
    timeout: 5 * MINUTE,
  });
  const python = join(folder, 'bin', 'python');
  if (!request.systemSitePackages) return python;
  const outer = parseJson(
    await say(request.python, ASK_OUTER),
    z.array(z.string()),
    `the packages of ${request.python}`,
  );
  if (outer.length > 0) {
    const lines = outer.map((path) => `import site; site.addsitedir(${JSON.stringify(path)})`);
    await writeFile(join(await say(python, ASK_OWN), 'outer.pth'), `${lines.join('\n')}\n`);
  }
  return python;
}
