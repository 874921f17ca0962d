import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { Finished } from '@vllm-cpu/system/run';
import type { PythonTools } from '../machine/python-tools.ts';

export interface Install {
  tools: PythonTools;
  /** A folder of the test, for caches and requirement files. */
  scratch: string;
  indexUrl: string;
  wheel: PublishableWheel;
  /** Where to install to; made when missing. */
  target: string;
  /** The digest that `--require-hashes` asks for; that of the wheel unless given. */
  sha256?: string;
}

const environment = (scratch: string) => ({
  PATH: process.env['PATH'] ?? '',
  HOME: scratch,
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  UV_NO_CONFIG: '1',
  UV_CACHE_DIR: join(scratch, 'uv-cache'),
});

/** Installs by name with real pip, without dependencies. */
export async function pipInstall(install: Install): Promise<Finished> {
  const { tools, scratch, indexUrl, wheel, target } = install;
  const fixed = ['install', '--no-deps', '--no-cache-dir', '--index-url', indexUrl];
  const python = tools.program('python');
  const what = ['--target', target, `${wheel.project}==${wheel.version}`];
  const argv = [python, '-m', 'pip', ...fixed, ...what] as const;
  return createRunner().try({ argv, env: environment(scratch) });
}

/** Installs with real pip, which checks the digest. */
export async function pipInstallHashed(install: Install): Promise<Finished> {
  const { tools, scratch, indexUrl, target } = install;
  const fixed = ['install', '--no-deps', '--no-cache-dir', '--index-url', indexUrl];
  const what = ['--require-hashes', '--target', target, '-r', await requirements(install)];
  const argv = [tools.program('python'), '-m', 'pip', ...fixed, ...what] as const;
  return createRunner().try({ argv, env: environment(scratch) });
}

/** Installs with real uv, which checks the digest. */
export async function uvInstallHashed(install: Install): Promise<Finished> {
  const { tools, scratch, indexUrl, target } = install;
  const fixed = ['pip', 'install', '--no-deps', '--default-index', indexUrl];
  const python = ['--python', tools.program('python')];
  const what = ['--require-hashes', '--target', target, '-r', await requirements(install)];
  const argv = [tools.program('uv'), ...fixed, ...python, ...what] as const;
  return createRunner().try({ argv, env: environment(scratch) });
}

async function requirements(install: Install): Promise<string> {
  const { wheel, scratch } = install;
  const path = join(scratch, `${wheel.project}.txt`);
  const digest = install.sha256 ?? wheel.sha256;
  await writeFile(path, `${wheel.project}==${wheel.version} --hash=sha256:${digest}\n`);
  return path;
}
