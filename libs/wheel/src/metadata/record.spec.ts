import { describe, expect, it } from '@jest/globals';
import { formatRecord, parseRecord, recordHash } from './record.ts';

describe('RECORD', () => {
  it('reads back names with commas and quotes', () => {
    const lines = [{ path: 'a,"b".py', hash: recordHash(Buffer.from('x')), size: 1 }];
    const text = formatRecord(lines, 'd.dist-info/RECORD');
    expect(parseRecord(text)).toEqual([
      ...lines,
      { path: 'd.dist-info/RECORD', hash: '', size: undefined },
    ]);
  });

  it('spells hashes as PEP 376 does: urlsafe base64 without padding', () => {
    // printf '' | sha256sum
    expect(recordHash(Buffer.alloc(0))).toBe('sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
  });

  it.each([
    ['two cells', 'a.py,sha256=x\n'],
    ['four cells', 'a.py,sha256=x,1,2\n'],
    ['a size that is no number', 'a.py,sha256=x,-1\n'],
    ['an open quote', '"a.py,sha256=x,1\n'],
    ['text after a quote', '"a"b,sha256=x,1\n'],
  ])('refuses a line with %s and names it', (_, line) => {
    expect(() => parseRecord(`ok.py,,\n${line}`)).toThrow(/line 2/);
  });
});
