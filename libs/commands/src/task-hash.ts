import { sha256 } from '@vllm-cpu/system/digest';

/** The value that Nx caches a stage's task under. */
export function taskHash(project: string, key: string): string {
  return sha256(`${project} ${key}`);
}
