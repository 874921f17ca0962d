import { join } from 'node:path';
import type { Settings } from '@vllm-cpu/system/settings';
import type { OneDnnBuild } from '@vllm-cpu/sources/onednn-build';
import { oneDnnOutput } from '@vllm-cpu/sources/onednn-manifest';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import type { WorkspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import type { Platform } from '@vllm-cpu/variant/features';
import { parallelJobs } from '../progress/jobs.ts';
import type { OneDnnKey } from './onednn-key.ts';

/** Everything that a build of oneDNN will do, resolved once. */
export interface OneDnnPlan {
  build: OneDnnBuild;
  platform: Platform;
  settings: Settings;
  key: OneDnnKey;
  folders: WorkspaceFolders;
  /** Throwaway folder of this key, below `folders.tasks`. */
  task: string;
  lock: string;
  /** dist/upstream/onednn-<name>, absolute. */
  output: string;
  log: string;
  jobs: number;
}

/** Pure: the plan of one build. */
export function planOneDnn(
  build: OneDnnBuild,
  platform: Platform,
  settings: Settings,
  key: OneDnnKey,
  maxJobs?: number,
): OneDnnPlan {
  const folders = workspaceFolders(settings.workspace);
  const id = `onednn-${build.name}-${key.value.slice(0, 12)}`;
  return Object.freeze({
    build,
    platform,
    settings,
    key,
    folders,
    task: join(folders.tasks, id),
    lock: join(folders.locks, id),
    output: join(settings.root, oneDnnOutput(build.name)),
    log: join(folders.logs, `${id}.log`),
    jobs: parallelJobs(maxJobs ?? settings.maxJobs),
  });
}

/**
 * cmake's command line. Upstream adds oneDNN as a folder of its own build; built alone, it gets from
 * here what it had from there: build type, C++ standard and the options.
 */
export function configureArgv(
  plan: Pick<OneDnnPlan, 'build' | 'task'>,
  source: string,
  launcher: string | undefined,
): [string, ...string[]] {
  const define = (name: string, value: string): string => `-D${name}=${value}`;
  return [
    'cmake',
    ...['-G', 'Ninja', '-S', source, '-B', join(plan.task, 'build')],
    define('CMAKE_BUILD_TYPE', 'Release'),
    define('CMAKE_CXX_STANDARD', String(plan.build.cxxStandard)),
    define('CMAKE_CXX_STANDARD_REQUIRED', 'ON'),
    define('CMAKE_POLICY_DEFAULT_CMP0077', 'NEW'),
    define('CMAKE_INSTALL_PREFIX', join(plan.task, 'installed')),
    define('CMAKE_INSTALL_LIBDIR', 'lib'),
    // It would write the commit of whatever repository the sources lie in into a header.
    define('CMAKE_DISABLE_FIND_PACKAGE_Git', 'ON'),
    // No times and owners in the archive, whatever the default of this system's binutils is.
    ...['C', 'CXX'].flatMap((language) => [
      define(`CMAKE_${language}_ARCHIVE_CREATE`, '<CMAKE_AR> qcD <TARGET> <LINK_FLAGS> <OBJECTS>'),
      define(`CMAKE_${language}_ARCHIVE_APPEND`, '<CMAKE_AR> qD <TARGET> <LINK_FLAGS> <OBJECTS>'),
      define(`CMAKE_${language}_ARCHIVE_FINISH`, '<CMAKE_RANLIB> -D <TARGET>'),
      ...(launcher ? [define(`CMAKE_${language}_COMPILER_LAUNCHER`, launcher)] : []),
    ]),
    ...Object.entries(plan.build.options)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => define(name, value)),
  ];
}
