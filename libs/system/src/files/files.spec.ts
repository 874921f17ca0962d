import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { existsAsDirectory, writeAtomically } from './files.ts';
import { findProgram } from '../process/programs.ts';

describe('files', () => {
  const folder = temporaryFolders();

  it('are written whole, in a folder that may not exist yet, and leave nothing beside them', async () => {
    const path = join(folder(), 'a/b/c.json');
    await writeAtomically(path, 'one');
    await writeAtomically(path, new Uint8Array([116, 119, 111]));
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(readdirSync(join(path, '..'))).toEqual(['c.json']);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  it('that cannot be written leave what was there, and nothing beside it', async () => {
    const root = folder();
    mkdirSync(join(root, 'taken/inside'), { recursive: true });
    await expect(writeAtomically(join(root, 'taken'), 'x')).rejects.toThrow();
    expect(readdirSync(root)).toEqual(['taken']);
  });

  it('are told apart from folders, through links too', async () => {
    const root = folder();
    writeFileSync(join(root, 'file'), '');
    symlinkSync(root, join(root, 'link'));
    expect(await existsAsDirectory(join(root, 'file'))).toBe(false);
    expect(await existsAsDirectory(join(root, 'link'))).toBe(true);
    expect(await existsAsDirectory(join(root, 'gone'))).toBe(false);
  });
});

describe('a program on PATH', () => {
  const folder = temporaryFolders();

  it('is the first that can be executed: no folder, no plain file', () => {
    const [one, two, three] = [folder(), folder(), folder()];
    mkdirSync(join(one, 'tool'));
    writeFileSync(join(two, 'tool'), '', { mode: 0o644 });
    writeFileSync(join(three, 'tool'), '', { mode: 0o755 });
    expect(findProgram('tool', `${one}:/nonexistent::${two}:${three}`)).toBe(join(three, 'tool'));
    expect(findProgram('tool', `${one}:${two}`)).toBeUndefined();
    expect(findProgram('tool', undefined)).toBeUndefined();
  });
});
