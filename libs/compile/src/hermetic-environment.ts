import { allowedEnv } from '@vllm-cpu/system/run';
import type { Settings } from '@vllm-cpu/system/settings';

/** What tools on the build host need to be found and to reach the network; nothing else passes. */
export const HOST_VARIABLES = [
  'PATH',
  'HOME',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
] as const;

/** For git, compilers and other tools that run outside upstream's build. */
export function compileEnvironment(settings: Settings): Record<string, string> {
  return allowedEnv(settings.env, HOST_VARIABLES);
}

/** Where a build that compiles has its folders, all absolute. */
export interface BuildFolders {
  /** Directory of the interpreter's programs. */
  programs: string;
  /** The task's own folder and the product's workspace. */
  task: string;
  workspace: string;
  home: string;
  temporary: string;
  compileCache: string;
}

/** The same whatever the user's shell, place and time are: what every compiler here is run with. */
export function hermeticEnvironment(
  settings: Settings,
  folders: Omit<BuildFolders, 'compileCache'>,
): Record<string, string> {
  const host = compileEnvironment(settings);
  return {
    ...host,
    PATH: `${folders.programs}:${host['PATH'] ?? ''}`,
    HOME: folders.home,
    TMPDIR: folders.temporary,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    // The compilers that were checked and are in the key. By itself cmake takes cc and c++, which may
    // be others: on Debian and Ubuntu each name is an alternative of its own.
    CC: 'gcc',
    CXX: 'g++',
  };
}

/** One cache for all variants: paths are made relative, and the directory is not hashed. */
export function compileCacheVariables(
  folders: Pick<BuildFolders, 'compileCache' | 'workspace' | 'task'>,
  recompile: boolean,
): Record<string, string> {
  return {
    CCACHE_DIR: folders.compileCache,
    CCACHE_BASEDIR: folders.workspace,
    CCACHE_NOHASHDIR: '1',
    CCACHE_COMPILERCHECK: 'content',
    // The last two are what ccache asks for before it handles precompiled headers.
    CCACHE_SLOPPINESS: 'include_file_mtime,include_file_ctime,pch_defines,time_macros',
    CCACHE_MAXSIZE: '20G',
    CCACHE_STATSLOG: `${folders.task}/ccache.log`,
    SCCACHE_DIR: `${folders.compileCache}-sccache`,
    ...(recompile ? { CCACHE_RECACHE: '1', SCCACHE_RECACHE: '1' } : {}),
  };
}
