import { isLoopback } from '@vllm-cpu/system/loopback';

/** A server that takes uploads, as twine is told of it. */
export interface UploadRepository {
  /** The name under which twine knows it; undefined for a URL that was given. */
  name: string | undefined;
  /** Undefined where twine's built-in URL counts. */
  uploadUrl: string | undefined;
  /** The file that twine reads for this name. */
  configFile: string | undefined;
  /** That file names a user or a password. */
  hasCredentials: boolean;
}

/** Names that twine knows without any file. */
export const BUILT_IN = ['pypi', 'testpypi'];

/** A repository by its name alone, or by its upload URL alone. */
export function repositoryOf(given: Partial<UploadRepository>): UploadRepository {
  const nothing = { name: undefined, uploadUrl: undefined, configFile: undefined };
  return { ...nothing, hasCredentials: false, ...given };
}

/** Whether this is PyPI or TestPyPI, by name; where pip reads them may be a mirror. */
export function isBuiltIn({ name }: UploadRepository): boolean {
  return BUILT_IN.includes(name ?? '');
}

/** Whether its server listens on this machine. */
export function isOnThisMachine({ uploadUrl }: UploadRepository): boolean {
  return uploadUrl !== undefined && isLoopback(new URL(uploadUrl).hostname);
}

/** The repository as messages name it. */
export function repositoryLabel({ name, uploadUrl }: UploadRepository): string {
  return name ?? uploadUrl ?? '';
}
