import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_WORKSPACE } from './clone.ts';

const ENVIRONMENTS = join(SHARED_WORKSPACE, 'environments');

/**
 * The interpreter of the build environment that an earlier compile made in the shared workspace: given
 * as VLLM_CPU_PYTHON it saves a test with a workspace of its own from installing another.
 */
export function sharedInterpreter(): string {
  const made = madeEnvironment();
  if (!made) throw new Error(`no build environment in ${ENVIRONMENTS}`);
  return join(ENVIRONMENTS, made, 'bin/python');
}

export function hasSharedInterpreter(): boolean {
  return madeEnvironment() !== undefined;
}

function madeEnvironment(): string | undefined {
  if (!existsSync(ENVIRONMENTS)) return undefined;
  return readdirSync(ENVIRONMENTS, { withFileTypes: true }).find(
    (entry) =>
      entry.isDirectory() && readdirSync(join(ENVIRONMENTS, entry.name)).includes('complete'),
  )?.name;
}
