import { VllmCpuError } from '@vllm-cpu/system/errors';

/**
 * Refuses a workspace whose path the build tools do not survive. The programs that pip installs begin with
 * a line for /bin/sh that puts the path of the interpreter between double quotes where it has spaces
 * (https://github.com/pypa/distlib/blob/master/distlib/scripts.py); a path with a space alone, a single
 * quote or a dollar sign alone builds.
 * @throws VllmCpuError WORKSPACE_PATH
 */
export function refuseUnusablePath(workspace: string): void {
  const quoted = /["\\`\n\r]/.exec(workspace)?.[0];
  const expanded = /\s/.test(workspace) && workspace.includes('$');
  if (quoted === undefined && !expanded) return;
  throw new VllmCpuError({
    code: 'WORKSPACE_PATH',
    what: `nothing can be built in ${JSON.stringify(workspace)}`,
    why: `Its path has ${quoted === undefined ? 'a space and a $' : JSON.stringify(quoted)}, which programs installed by pip cannot handle.`,
    next: 'Set VLLM_CPU_WORKSPACE to a folder without such characters in its path.',
  });
}

/** What a path that builds costs, as a sentence: ccache expands variables in the paths that it is given. */
export function pathWarning(workspace: string): string | undefined {
  if (!workspace.includes('$')) return undefined;
  return `warning: the compiler cache is not used, because the path ${workspace} has a $; set VLLM_CPU_WORKSPACE to another folder to use it`;
}
