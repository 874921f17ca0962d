import { join } from 'node:path';

/** The folders below VLLM_CPU_WORKSPACE. All of it may be deleted at any time between runs. */
export interface WorkspaceFolders {
  /** Bare repository of the upstream, shared by every release. */
  upstream: string;
  /** Bare repository of oneDNN. */
  oneDnn: string;
  /** Checked-out oneDNN sources, one folder per tag. */
  sources: string;
  /** Source distributions that were downloaded. */
  sdists: string;
  /** Build environments, one per interpreter and requirements. */
  environments: string;
  /** Environments of Python programs that this project itself runs, one per lock. */
  tools: string;
  /** Throwaway trees, one per compile. */
  tasks: string;
  /** ccache's directory, shared by variants and releases. */
  compileCache: string;
  /** Folders that are locked, one per thing that only one process may do at a time. */
  locks: string;
  /** Logs of compiles, kept. */
  logs: string;
}

export function workspaceFolders(workspace: string): WorkspaceFolders {
  return Object.freeze({
    upstream: join(workspace, 'upstream.git'),
    oneDnn: join(workspace, 'onednn.git'),
    sources: join(workspace, 'sources'),
    sdists: join(workspace, 'sdists'),
    environments: join(workspace, 'environments'),
    tools: join(workspace, 'tools'),
    tasks: join(workspace, 'tasks'),
    compileCache: join(workspace, 'ccache'),
    locks: join(workspace, 'locks'),
    logs: join(workspace, 'logs'),
  });
}
