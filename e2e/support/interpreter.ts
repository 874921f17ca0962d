import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockDigest, lockedOn, parseLock } from '@vllm-cpu/python/lock-file';
import { buildLockFile } from '@vllm-cpu/sources/build-lock';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { SHARED_WORKSPACE } from './clone.ts';
import type { Clone } from './clone.ts';

const ENVIRONMENTS = join(SHARED_WORKSPACE, 'environments');

/**
 * The interpreter of the build environment that an earlier compile made in the shared workspace: given
 * as VLLM_CPU_PYTHON it saves a test with a workspace of its own from installing another.
 */
export function sharedInterpreter(release = 'sample'): string {
  const made = madeEnvironment(buildLockFile(release));
  if (!made)
    throw new Error(`no build environment of ${buildLockFile(release)} in ${ENVIRONMENTS}`);
  return join(ENVIRONMENTS, made, 'bin/python');
}

/** The same for the sample, by a compile in this clone where no earlier one made it. */
export async function interpreterOf(clone: Clone): Promise<string> {
  if (!madeEnvironment(buildLockFile('sample')))
    await clone.nx(['run', 'variant-noavx512:compile-sample']);
  return sharedInterpreter();
}

/** One that was made from the lock as it is now: others are left from before it was renewed. */
function madeEnvironment(file: string): string | undefined {
  const platform = hostPlatform();
  if (!platform || !existsSync(ENVIRONMENTS)) return undefined;
  const lock = parseLock(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'), file);
  return readdirSync(ENVIRONMENTS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .find((name) => {
      const folder = join(ENVIRONMENTS, name);
      if (!existsSync(join(folder, 'complete'))) return false;
      const configuration = readFileSync(join(folder, 'pyvenv.cfg'), 'utf8');
      const python = /^version(?:_info)? = (\S+)$/m.exec(configuration)?.[1] ?? '';
      const wanted = lockDigest(lockedOn(lock, platform, python));
      return readFileSync(join(folder, 'complete'), 'utf8').trim() === wanted;
    });
}
