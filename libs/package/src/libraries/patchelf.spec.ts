import { expect, it } from '@jest/globals';
import { patchelfCalls } from './patchelf.ts';

it('edits one kind of thing per patchelf call', () => {
  const edits = {
    soname: 'libn-1.so',
    replaceNeeded: new Map([['libn.so', 'libn-1.so']]),
    rpath: ['$ORIGIN/../a.libs', '$ORIGIN'],
  };
  expect(patchelfCalls('/usr/bin/patchelf', 'x.so', edits)).toEqual([
    ['/usr/bin/patchelf', '--set-soname', 'libn-1.so', 'x.so'],
    ['/usr/bin/patchelf', '--replace-needed', 'libn.so', 'libn-1.so', 'x.so'],
    ['/usr/bin/patchelf', '--remove-rpath', 'x.so'],
    ['/usr/bin/patchelf', '--force-rpath', '--set-rpath', '$ORIGIN/../a.libs:$ORIGIN', 'x.so'],
  ]);
  expect(patchelfCalls('patchelf', 'x.so', { replaceNeeded: new Map() })).toEqual([]);
});
