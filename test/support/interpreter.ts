import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_WORKSPACE } from './clone.ts';

/**
 * The interpreter of the build environment that an earlier compile made in the shared workspace: given
 * as VLLM_CPU_PYTHON it saves a test with a workspace of its own from installing another.
 */
export function sharedInterpreter(): string {
  const environments = join(SHARED_WORKSPACE, 'environments');
  const made = readdirSync(environments, { withFileTypes: true }).filter(
    (entry) =>
      entry.isDirectory() && readdirSync(join(environments, entry.name)).includes('complete'),
  );
  if (!made[0]) throw new Error(`no build environment in ${environments}`);
  return join(environments, made[0].name, 'bin/python');
}
