import { openRepository } from '@vllm-cpu/commands/repository';
import type { Repository } from '@vllm-cpu/commands/repository';
import { ROOT } from './root.ts';

/**
 * This repository with the settings of the job, for commands that are called directly. A workflow sets a
 * variable that has no value to an empty text, which is none.
 */
export function ciRepository(report: (line: string) => void = console.log): Repository {
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith('VLLM_CPU_') && value === '') Reflect.deleteProperty(process.env, name);
  }
  // Modes of files end up in wheels and reports, whatever the job's umask is.
  process.umask(0o022);
  return openRepository(ROOT, report);
}
