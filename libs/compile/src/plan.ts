import { join } from 'node:path';
import type { Settings } from '@vllm-cpu/system/settings';
import { repositoryOf } from '@vllm-cpu/sources/upstream-place';
import { linksOneDnn } from '@vllm-cpu/sources/onednn-build';
import { workspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import type { WorkspaceFolders } from '@vllm-cpu/sources/workspace-folders';
import type { CompileKey } from './compile-key.ts';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { parallelJobs } from './progress/jobs.ts';

/** Everything that a compile will do, resolved once: absolute paths, numbers, where sources come from. */
export interface CompilePlan {
  subject: CompileSubject;
  settings: Settings;
  key: CompileKey;
  title: string;
  folders: WorkspaceFolders;
  /** Throwaway folder of this key, below `folders.tasks`. */
  task: string;
  tree: string;
  /** Folder that is locked while this key is compiled. It stays: others may be waiting for it. */
  lock: string;
  /** dist/<project>/<release>/compile, absolute. */
  output: string;
  log: string;
  jobs: number;
  keepWorkspace: boolean;
  /** Git URL or local repository that git pins are fetched from. */
  upstream: string;
}

export interface CompileOptions {
  maxJobs?: number | undefined;
  keepWorkspace?: boolean | undefined;
}

/** Bytes that a stage must find free below dist/ before it makes a wheel: indexes take 100 MiB a file. */
export const WHEEL_ROOM = 128 * 1024 ** 2;

/** dist/<project>/<release>/<stage>, relative to the repository's root. */
export function outputFolder(project: string, releaseName: string, stage: string): string {
  return join('dist', project, releaseName, stage);
}

export function projectOf(variant: string): string {
  return `variant-${variant}`;
}

/** Pure: the plan of one compile. */
export function planCompile(
  subject: CompileSubject,
  settings: Settings,
  key: CompileKey,
  options: CompileOptions = {},
): CompilePlan {
  const folders = workspaceFolders(settings.workspace);
  const project = projectOf(subject.variant.name);
  const id = `${subject.variant.name}-${subject.releaseName}-${key.value.slice(0, 12)}`;
  const task = join(folders.tasks, id);
  return Object.freeze({
    subject,
    settings,
    key,
    title: `${subject.variant.distribution} ${subject.release.version}`,
    folders,
    task,
    tree: join(task, 'src'),
    lock: join(folders.locks, id),
    output: join(settings.root, outputFolder(project, subject.releaseName, 'compile')),
    log: join(folders.logs, `${id}.log`),
    jobs: parallelJobs(options.maxJobs ?? settings.maxJobs),
    keepWorkspace: options.keepWorkspace ?? false,
    upstream: repositoryOf(settings.upstream, subject.release.source.repository ?? 'embedded'),
  });
}

/** setup.py's command line; `pyLimitedApi` gives one wheel for every Python. */
export function setupArgv(
  python: string,
  pyLimitedApi: string | null,
  wheelFolder: string,
): [string, ...string[]] {
  return [
    python,
    'setup.py',
    'bdist_wheel',
    ...(pyLimitedApi ? [`--py-limited-api=${pyLimitedApi}`] : []),
    '--dist-dir',
    wheelFolder,
  ];
}

/** Whether upstream's cmake builds oneDNN as a part of this compile. */
export function buildsOneDnn(subject: CompileSubject): boolean {
  return linksOneDnn(subject) && !subject.oneDnn;
}
