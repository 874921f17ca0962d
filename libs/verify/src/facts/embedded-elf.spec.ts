import { afterAll, describe, expect, it } from '@jest/globals';
import { createFixtures } from '@vllm-cpu/testing/compiled-fixture';
import { embeddedElfs, ElfSearch } from './embedded-elf.ts';
import { packedFormat } from './packed-file.ts';

const fixtures = createFixtures();
afterAll(() => fixtures.remove());

async function compiled(): Promise<Buffer> {
  await fixtures.compile('one.so', 'int one(void) { return 1; }');
  return Buffer.from(fixtures.read('one.so'));
}

function finds(...pieces: Buffer[]): boolean {
  const search = new ElfSearch();
  for (const piece of pieces) search.push(piece);
  return search.found;
}

describe('ELF files inside other files', () => {
  it('are cut out with the bytes that they had, each named by its place', async () => {
    const elf = await compiled();
    const file = Buffer.concat([Buffer.alloc(10), elf, Buffer.from('between'), elf]);
    const found = embeddedElfs(file, 'all.bin');
    expect(found.map(({ name }) => name)).toEqual([
      'all.bin at 0xa',
      `all.bin at 0x${(17 + elf.length).toString(16)}`,
    ]);
    for (const { bytes } of found) expect(bytes.equals(elf)).toBe(true);
  });

  it('are seen wherever the pieces of the file are cut', async () => {
    const elf = await compiled();
    const file = Buffer.concat([Buffer.alloc(100), elf]);
    for (let cut = 96; cut <= 170; cut++) {
      expect(finds(file.subarray(0, cut), file.subarray(cut))).toBe(true);
    }
    expect(finds(...Array.from(file.subarray(0, 200), (byte) => Buffer.from([byte])))).toBe(true);
  });

  it('are not taken for such where a program only knows the magic', () => {
    const program = Buffer.from('if head == b"\x7fELF\x02\x01\x01": return', 'latin1');
    expect(finds(program)).toBe(false);
    expect(embeddedElfs(program, 'reader.pyc')).toEqual([]);
  });

  it('are given up after a few that are broken', async () => {
    const broken = (await compiled()).subarray(0, 64);
    const found = embeddedElfs(Buffer.concat(Array<Buffer>(5000).fill(broken)), 'hostile');
    expect(found.length).toBeLessThan(100);
    expect(found.length).toBeGreaterThan(0);
  });
});

it('knows packed files by their first bytes', () => {
  expect(packedFormat(Buffer.from('PK\x03\x04...'))).toBe('zip');
  expect(packedFormat(Buffer.from([0x1f, 0x8b, 8, 0]))).toBe('gzip');
  expect(packedFormat(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]))).toBe('zstd');
  expect(packedFormat(Buffer.from('import os\n'))).toBeUndefined();
});
