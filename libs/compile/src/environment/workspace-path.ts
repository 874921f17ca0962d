import { VllmCpuError } from '@vllm-cpu/system/errors';

/** What may be in a path but breaks a build there; a space or a single quote builds. */
const UNUSABLE = /["\\`$\n\r]/;

/**
 * Refuses a workspace whose path the build tools cannot handle. Programs installed by pip begin with a line for
 * /bin/sh that has the path of the interpreter between double quotes where it has spaces
 * (https://github.com/pypa/distlib/blob/master/distlib/scripts.py); setuptools and ccache expand variables in the paths
 * that they are given, and fail where one is not set.
 * @throws VllmCpuError WORKSPACE_PATH
 */
export function refuseUnusablePath(workspace: string): void {
  const found = UNUSABLE.exec(workspace)?.[0];
  if (found === undefined) return;
  throw new VllmCpuError({
    code: 'WORKSPACE_PATH',
    what: `nothing can be built in ${JSON.stringify(workspace)}`,
    why: `Its path contains ${JSON.stringify(found)}, which pip, setuptools and ccache cannot handle.`,
    next: 'Set VLLM_CPU_WORKSPACE to a folder without such characters in its path.',
  });
}
