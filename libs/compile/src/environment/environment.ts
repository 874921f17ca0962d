import { quoteArgv } from '@vllm-cpu/system/quote';
import { allowedEnv } from '@vllm-cpu/system/run';
import type { Settings } from '@vllm-cpu/system/settings';
import { TOOLCHAIN_FILE } from '../cmake-toolchain.ts';
import {
  compileCacheVariables,
  hermeticEnvironment,
  HOST_VARIABLES,
} from '../hermetic-environment.ts';
import type { BuildFolders } from '../hermetic-environment.ts';

export { compileEnvironment } from '../hermetic-environment.ts';

/** How pip and uv reach their index: their own settings, for making a build environment. */
const INSTALLER_VARIABLES = [
  'PIP_INDEX_URL',
  'PIP_EXTRA_INDEX_URL',
  'PIP_FIND_LINKS',
  'PIP_TRUSTED_HOST',
  'PIP_CERT',
  'PIP_CONFIG_FILE',
  'PIP_DEFAULT_TIMEOUT',
  'UV_INDEX_URL',
  'UV_DEFAULT_INDEX',
  'UV_INDEX',
  'UV_EXTRA_INDEX_URL',
  'UV_FIND_LINKS',
  'UV_CACHE_DIR',
  'UV_NATIVE_TLS',
  'UV_SYSTEM_CERTS',
];

/** For pip and uv. */
export function installerEnvironment(settings: Settings): Record<string, string> {
  return allowedEnv(settings.env, [...HOST_VARIABLES, ...INSTALLER_VARIABLES]);
}

export interface BuildEnvironment extends BuildFolders {
  version: string;
  jobs: number;
  /** Seconds since 1970 UTC. */
  sourceDateEpoch: number;
  /** Whatever the compile cache has is compiled again, and replaced there: a rebuild of what failed. */
  recompile: boolean;
  /** oneDNN's sources, where this level needs them. */
  oneDnn: { directory: string; repository: string; official: string } | undefined;
}

/**
 * The whole environment of upstream's setup.py and cmake. An allow-list: no ISA variable, no flags of
 * the user's shell and no secret reaches them, and HOME is an empty folder.
 */
export function upstreamEnvironment(
  settings: Settings,
  build: BuildEnvironment,
): Record<string, string> {
  // The last that matches counts: the task's folder, whose name has the key in it, lies in the other.
  // CMake and setuptools take the words apart as a shell does, and paths have spaces.
  const mapped = quoteArgv([
    `-ffile-prefix-map=${build.workspace}=/workspace`,
    `-ffile-prefix-map=${build.task}=/build`,
  ]);
  return {
    ...hermeticEnvironment(settings, build),
    ...allowedEnv(settings.env, ['C_INCLUDE_PATH', 'CPLUS_INCLUDE_PATH', 'LIBRARY_PATH']),
    ...(settings.includePath.length > 0 && !settings.env['CPLUS_INCLUDE_PATH']
      ? { CPLUS_INCLUDE_PATH: settings.includePath.join(':') }
      : {}),
    CMAKE_TOOLCHAIN_FILE: `${build.task}/${TOOLCHAIN_FILE}`,
    VLLM_TARGET_DEVICE: 'cpu',
    MAX_JOBS: String(build.jobs),
    SETUPTOOLS_SCM_PRETEND_VERSION: build.version,
    SOURCE_DATE_EPOCH: String(build.sourceDateEpoch),
    PYTHONHASHSEED: '0',
    PYTHONNOUSERSITE: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    CFLAGS: mapped,
    CXXFLAGS: mapped,
    ...compileCacheVariables(build, build.recompile),
    ...oneDnnVariables(build),
  };
}

/**
 * From 0.11.1 on upstream reads FETCHCONTENT_SOURCE_DIR_ONEDNN; before that its cmake clones from the
 * official address, which git is told to replace by our copy.
 */
function oneDnnVariables(build: BuildEnvironment): Record<string, string> {
  if (!build.oneDnn) return {};
  return {
    FETCHCONTENT_SOURCE_DIR_ONEDNN: build.oneDnn.directory,
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: `url.file://${build.oneDnn.repository}.insteadOf`,
    GIT_CONFIG_VALUE_0: build.oneDnn.official,
    GIT_CONFIG_KEY_1: 'safe.directory',
    GIT_CONFIG_VALUE_1: '*',
  };
}
