import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLock, parseLock } from '@vllm-cpu/python/lock-file';
import { parseRequirements } from '@vllm-cpu/python/requirements-file';
import { RELOCK_TOOLS, TOOL_LOCKS, TOOL_PYTHONS } from '@vllm-cpu/python/tool-locks';
import { writeAtomically } from '@vllm-cpu/system/files';
import { lockChanges } from './build-lock-writer.ts';
import type { LockChange } from './build-lock-writer.ts';
import { resolveLock } from './resolve-lock.ts';
import type { Resolver } from './resolve-lock.ts';

export interface ToolLockResult {
  /** Path of the lock, relative to the root. */
  file: string;
  change: 'new' | 'changed' | 'unchanged';
  locked: LockChange[];
}

/**
 * Resolves the lock of each requirements file `<name>.in` of the tools' folder into `<name>.txt`.
 * @throws VllmCpuError LOCK_UNRESOLVED, LOCK_UNUSABLE
 */
export async function relockTools(
  root: string,
  resolver: Resolver,
  options: { excludeNewer?: string | undefined; dryRun?: boolean | undefined } = {},
): Promise<ToolLockResult[]> {
  const folder = join(root, TOOL_LOCKS);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.in')).sort();
  const results: ToolLockResult[] = [];
  for (const name of names) {
    const file = `${TOOL_LOCKS}/${name.replace(/\.in$/, '.txt')}`;
    const packages = await resolveLock(resolver, {
      title: `${TOOL_LOCKS}/${name}`,
      requiresPython: TOOL_PYTHONS,
      asked: parseRequirements(await readFile(join(folder, name), 'utf8')),
      torch: { 'linux-x86_64': null, 'linux-aarch64': null },
      floors: [],
      excludeNewer: options.excludeNewer,
    });
    const text = formatLock(packages, [`From ${name}, written by: ${RELOCK_TOOLS}`]);
    const old = await readFile(join(root, file), 'utf8').catch(() => undefined);
    if (old !== text && !options.dryRun) await writeAtomically(join(root, file), text);
    results.push({
      file,
      change: old === undefined ? 'new' : old === text ? 'unchanged' : 'changed',
      locked: lockChanges(old === undefined ? [] : parseLock(old, file), packages),
    });
  }
  return results;
}
