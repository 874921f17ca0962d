import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { applyEdits, cpuinfoEdit } from './source-edits.ts';

const CMAKE = `set(A 1)
execute_process(COMMAND cat /proc/cpuinfo
                RESULT_VARIABLE CPUINFO_RET
                OUTPUT_VARIABLE CPUINFO)
`;

describe('source edits', () => {
  const folder = temporaryFolders();
  let tree: string;
  let file: string;
  beforeEach(() => {
    tree = folder();
    file = join(tree, 'cmake/cpu_extension.cmake');
    mkdirSync(join(tree, 'cmake'));
    writeFileSync(file, CMAKE);
  });
  const edited = () => readFileSync(file, 'utf8');

  it('let cmake read the synthetic cpuinfo instead of the host', async () => {
    await applyEdits(tree, [cpuinfoEdit('/task/cpuinfo')]);
    expect(edited()).toBe(CMAKE.replace('/proc/cpuinfo', '[=[/task/cpuinfo]=]'));
  });

  it('stop when the text is not there', async () => {
    writeFileSync(file, 'set(A 1)\n');
    await expect(applyEdits(tree, [cpuinfoEdit('/task/cpuinfo')])).rejects.toMatchObject({
      code: 'EDIT_NO_MATCH',
      what: expect.stringContaining('matches 0 times in cmake/cpu_extension.cmake'),
    });
  });

  it('stop when the text stands twice, and change nothing', async () => {
    writeFileSync(file, CMAKE + CMAKE);
    await expect(applyEdits(tree, [cpuinfoEdit('/task/cpuinfo')])).rejects.toMatchObject({
      code: 'EDIT_NO_MATCH',
      what: expect.stringContaining('matches 2 times'),
    });
    expect(edited()).toBe(CMAKE + CMAKE);
  });

  it('stop when the release does not have the file', async () => {
    const edit = { ...cpuinfoEdit('/task/cpuinfo'), file: 'csrc/gone.cpp' };
    await expect(applyEdits(tree, [edit])).rejects.toMatchObject({
      code: 'EDIT_NO_MATCH',
      what: expect.stringContaining('this release has no file csrc/gone.cpp'),
    });
  });

  it('put in the replacement as it stands, dollar signs and all', async () => {
    await applyEdits(tree, [cpuinfoEdit("/home/$&/$1/$' me/cpuinfo")]);
    expect(edited()).toContain("COMMAND cat [=[/home/$&/$1/$' me/cpuinfo]=]");
  });

  it('are applied in order, each to the result of the one before', async () => {
    const one = { id: 'one', file: 'cmake/cpu_extension.cmake', why: 'a test' };
    await applyEdits(tree, [
      { ...one, find: 'set(A 1)', replace: 'set(B 2)' },
      { ...one, find: 'set(B 2)', replace: 'set(C 3)' },
    ]);
    expect(edited()).toMatch(/^set\(C 3\)$/m);
    expect(readdirSync(join(tree, 'cmake'))).toEqual(['cpu_extension.cmake']);
  });
});
