import { satisfies } from '@renovatebot/pep440';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { readBuildLock } from '@vllm-cpu/sources/build-lock';
import type { Runner } from '@vllm-cpu/system/run';
import type { Settings } from '@vllm-cpu/system/settings';
import { compileEnvironment } from '../hermetic-environment.ts';
import { findInterpreter } from '@vllm-cpu/python/interpreter';
import type { Interpreter } from '@vllm-cpu/python/interpreter';

/** The lock that cmake and ninja are taken from: oneDNN belongs to no release, and this one is always there. */
export const TOOLS_RELEASE = 'sample';
const TOOLS = ['cmake', 'ninja'];

/** Wheels of cmake and ninja are for every Python. */
const ANY_PYTHON = '>=3.9';

/** cmake and ninja, by exact version and digest; undefined where the lock is missing. */
export async function lockedTools(root: string): Promise<LockedPackage[] | undefined> {
  const lock = await readBuildLock(root, TOOLS_RELEASE);
  return lock?.filter(({ name }) => TOOLS.includes(name));
}

/** The interpreter that an environment of the two is made from. @throws VllmCpuError PYTHON_NOT_FOUND */
export async function anyInterpreter(settings: Settings, runner: Runner): Promise<Interpreter> {
  const supported = (version: string): boolean => satisfies(version, ANY_PYTHON);
  return findInterpreter(runner, compileEnvironment(settings), supported, ANY_PYTHON);
}
