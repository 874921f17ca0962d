import { mkdtemp, rm } from 'node:fs/promises';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';

/**
 * A maker of empty folders, each gone after the test that asked for it. Call it in a `describe` or at
 * the top of a file.
 */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'vllm-cpu-spec-')));
    made.push(folder);
    return folder;
  };
}

/** A folder of its own for one test file, and its removal. */
export async function scratchFolder(
  name: string,
): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `vllm-cpu-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
