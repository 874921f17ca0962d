import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@vllm-cpu/system/digest';
import { withLock } from '@vllm-cpu/system/file-lock';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';
import type { Platform } from '@vllm-cpu/variant/features';
import { lockDigest, lockedOn, parseLock } from './lock-file.ts';
import { installLocked, PIP } from './locked-install.ts';

/** Folder of the locks of the Python programs that this project runs, relative to its root. */
export const TOOL_LOCKS = 'tools/python';

/** Pythons that the locks are for: those that the bootstrap accepts. */
export const TOOL_PYTHONS = '>=3.10,<3.14';

/** The command that writes them anew. */
export const RELOCK_TOOLS = 'npx nx run upstream:relock --tools';

export interface ToolPlace {
  /** The repository's root. */
  root: string;
  platform: Platform;
  /** The interpreter that an environment is made from. */
  python: { path: string; version: string };
  /** Folders of all such environments, and of their locks. */
  tools: string;
  locks: string;
  /** Environment variables of pip: index, certificates, proxies. */
  env: Readonly<Record<string, string>>;
  report: (line: string) => void;
}

/**
 * The path of uv: that of PATH, else the locked one in an environment of its own, made on first use.
 * @throws VllmCpuError those of installLocked
 */
export async function ensureUv(runner: Runner, place: ToolPlace): Promise<string> {
  const found = findProgram('uv', place.env['PATH']);
  if (found) return found;
  const file = `${TOOL_LOCKS}/uv.txt`;
  const lock = parseLock(await readFile(join(place.root, file), 'utf8'), file);
  const packages = lockedOn(lock, place.platform, place.python.version);
  const recipe = sha256(`${place.python.path}\n${lockDigest(packages)}`).slice(0, 16);
  const folder = join(place.tools, `uv-${recipe}`);
  const stamp = join(folder, 'complete');
  const make = async (): Promise<void> => {
    if (existsSync(stamp)) return;
    await mkdir(place.tools, { recursive: true });
    await installLocked(runner, PIP, {
      ...{ base: place.python.path, folder, python: join(folder, 'bin', 'python'), packages },
      ...{ lockName: file, relock: RELOCK_TOOLS, env: place.env },
    });
    await writeFile(stamp, '');
  };
  if (!existsSync(stamp)) await withLock(join(place.locks, `uv-${recipe}`), make, place.report);
  return join(folder, 'bin', 'uv');
}
