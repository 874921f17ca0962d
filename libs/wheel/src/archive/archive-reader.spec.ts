import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeZip, type ZipEntry, type ZipFixture } from '@vllm-cpu/testing/zip-fixture';
import { withArchive } from './archive-reader.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const ONE = { name: 'vllm/a.py', content: 'print(1)\n' };
const TWO = { name: 'vllm/b.py', content: 'print(2)\n'.repeat(100) };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Opens the bytes and reads every entry. */
async function readAll(bytes: Buffer): Promise<Record<string, string>> {
  const path = join(folder, 'a.whl');
  await writeFile(path, bytes);
  return withArchive(path, async (archive) => {
    const contents: Record<string, string> = {};
    for (const entry of archive.entries) contents[entry.name] = String(await archive.read(entry));
    return contents;
  });
}

function descriptorOf(entry: ZipEntry, signature: boolean): Buffer {
  const zip = makeZip({ entries: [entry] });
  const sizes = zip.subarray(14, 26);
  return Buffer.concat([signature ? Buffer.from('PK\x07\x08', 'latin1') : Buffer.alloc(0), sizes]);
}

const streamed = (signature: boolean): ZipEntry => ({
  ...TWO,
  flags: 8,
  local: { crc: 0, size: 0, compressedSize: 0 },
  descriptor: descriptorOf(TWO, signature),
});

describe('an honest archive', () => {
  it.each<[string, ZipFixture]>([
    ['stored and deflated entries', { entries: [{ ...ONE, method: 0 }, TWO] }],
    ['folders', { entries: [{ name: 'vllm/', mode: 0o040755, method: 0 }, ONE, TWO] }],
    ['entries without Unix modes', { entries: [{ ...ONE, mode: 0 }, TWO] }],
    ['a data descriptor', { entries: [ONE, streamed(true)] }],
    ['a data descriptor without signature', { entries: [streamed(false), ONE] }],
    ['names in UTF-8', { entries: [{ name: 'vllm/ä.py', flags: 1 << 11 }, ONE, TWO] }],
    ['names that differ in case only', { entries: [ONE, TWO, { name: 'vllm/A.py' }] }],
  ])('with %s is read', async (_, fixture) => {
    const contents = await readAll(makeZip(fixture));
    expect(contents).toMatchObject({ [TWO.name]: fixture.entries.length > 1 ? TWO.content : '' });
  });

  it('with ZIP64 sizes is read', async () => {
    expect(await readAll(zip64())).toEqual({ [ONE.name]: ONE.content });
  });

  it('without entries is read', async () => {
    expect(await readAll(makeZip({ entries: [] }))).toEqual({});
  });
});

/** One stored entry with its sizes in a ZIP64 extra field, and a ZIP64 end record. */
function zip64(): Buffer {
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  extra.writeBigUInt64LE(BigInt(ONE.content.length), 4);
  extra.writeBigUInt64LE(BigInt(ONE.content.length), 12);
  const zip = makeZip({ entries: [{ ...ONE, method: 0, extra }] });
  const directory = zip.readUInt32LE(zip.length - 6);
  for (const at of [18, 22, directory + 20, directory + 24]) zip.writeUInt32LE(0xffffffff, at);
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(44n, 4);
  end64.writeBigUInt64LE(1n, 24);
  end64.writeBigUInt64LE(1n, 32);
  end64.writeBigUInt64LE(BigInt(zip.length - 22 - directory), 40);
  end64.writeBigUInt64LE(BigInt(directory), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(zip.length - 22), 8);
  const end = zip.subarray(-22);
  end.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([zip.subarray(0, -22), end64, locator, end]);
}

const BOMB = deflateRawSync(Buffer.alloc(70 * 1024 * 1024));

describe('a hostile archive', () => {
  it.each<[string, string, ZipFixture]>([
    ['NAME_UNSAFE', 'path traversal', { entries: [{ name: 'vllm/../../etc/passwd' }] }],
    ['NAME_UNSAFE', 'an absolute name', { entries: [{ name: '/etc/passwd' }] }],
    ['NAME_UNSAFE', 'a backslash', { entries: [{ name: 'vllm\\..\\a.py' }] }],
    ['NAME_UNSAFE', 'a drive letter', { entries: [{ name: 'C:a.py' }] }],
    ['NAME_UNSAFE', 'a detour', { entries: [{ name: 'vllm//a.py' }] }],
    ['NAME_UNSAFE', 'a control character', { entries: [{ name: 'vllm/a\0.py' }] }],
    ['NAME_UNSAFE', 'an empty name', { entries: [{ name: '' }] }],
    [
      'NAME_ENCODING',
      'a name that is not UTF-8',
      { entries: [{ name: Buffer.from([0xff, 0x61]) }] },
    ],
    ['NAME_ENCODING', 'an unmarked UTF-8 name', { entries: [{ name: 'vllm/ä.py' }] }],
    ['NAME_DUPLICATE', 'one name twice', { entries: [ONE, { ...ONE, content: 'evil()' }] }],
    [
      'NAME_DUPLICATE',
      'METADATA in another case',
      { entries: [{ name: 'a-1.dist-info/METADATA' }, { name: 'a-1.dist-info/metadata' }] },
    ],
    [
      'NAME_DUPLICATE',
      'names equal after normalisation',
      { entries: ['\u00e4', 'a\u0308'].map((name) => ({ name, flags: 1 << 11 })) },
    ],
    ['NAME_DUPLICATE', 'a file that is a folder', { entries: [{ name: 'vllm' }, ONE] }],
    ['SYMLINK', 'a symbolic link', { entries: [{ ...ONE, mode: 0o120777 }] }],
    ['SPECIAL_FILE', 'a device', { entries: [{ ...ONE, mode: 0o020666 }] }],
    ['SPECIAL_FILE', 'a folder that says it is a file', { entries: [{ name: 'a/', method: 0 }] }],
    ['ENCRYPTED', 'an encrypted entry', { entries: [{ ...ONE, flags: 1 }] }],
    ['METHOD', 'bzip2', { entries: [{ ...ONE, method: 12 }] }],
    ['COMMENT', 'a comment', { entries: [ONE], comment: 'hidden' }],
    ['COMMENT', 'a comment on an entry', { entries: [{ ...ONE, comment: 'hidden' }] }],
    ['TRAILING_DATA', 'data after its end', { entries: [ONE], suffix: Buffer.from('more') }],
    [
      'PREPENDED_DATA',
      'data before its beginning',
      { entries: [ONE], prefix: Buffer.from('#!/bin/sh\n') },
    ],
    [
      'PREPENDED_DATA',
      'data before, offsets repaired',
      { entries: [{ ...ONE, gap: Buffer.from('x') }] },
    ],
    ['HIDDEN_DATA', 'data between entries', { entries: [ONE, { ...TWO, gap: Buffer.from('x') }] }],
    [
      'HEADERS_DISAGREE',
      'another local name',
      { entries: [{ ...ONE, local: { name: 'vllm/x.py' } }] },
    ],
    ['HEADERS_DISAGREE', 'another local size', { entries: [{ ...ONE, local: { size: 4 } }] }],
    ['HEADERS_DISAGREE', 'another local CRC', { entries: [{ ...ONE, local: { crc: 4 } }] }],
    ['HEADERS_DISAGREE', 'another local method', { entries: [{ ...ONE, local: { method: 0 } }] }],
    ['HEADERS_DISAGREE', 'a wrong entry count', { entries: [ONE, TWO], count: 1 }],
    [
      'HEADERS_DISAGREE',
      'a wrong data descriptor',
      { entries: [{ ...streamed(true), descriptor: Buffer.alloc(16) }] },
    ],
    [
      'MALFORMED',
      'a second name',
      { entries: [{ ...ONE, extra: Buffer.from('up\x05\x00\x01abcd', 'latin1') }] },
    ],
    ['SIZE', 'a stored entry with two sizes', { entries: [{ ...ONE, method: 0, size: 3 }] }],
    ['SIZE', 'more content than stated', { entries: [{ ...TWO, size: 30 }] }],
    ['SIZE', 'less content than stated', { entries: [{ ...TWO, size: 3000 }] }],
    ['CRC', 'a wrong CRC', { entries: [{ ...ONE, crc: 1 }] }],
    [
      'DEFLATE',
      'data that is not deflated',
      { entries: [{ ...ONE, data: Buffer.from('\xff\xff\xff') }] },
    ],
    [
      'HIDDEN_DATA',
      'bytes after the deflated data',
      {
        entries: [
          { ...TWO, data: Buffer.concat([deflateRawSync(TWO.content), Buffer.from('more')]) },
        ],
      },
    ],
    ['BOMB', 'a claim that deflate cannot keep', { entries: [{ ...ONE, size: 10_000_000 }] }],
    [
      'BOMB',
      '70 MiB in 70 KiB',
      { entries: [{ name: 'a', data: BOMB, size: 70 * 1024 * 1024, crc: 0 }] },
    ],
  ])('fails as ARCHIVE_%s for %s', async (fault, _, fixture) => {
    await expect(readAll(makeZip(fixture))).rejects.toMatchObject({ code: `ARCHIVE_${fault}` });
  });

  it('is refused when it is cut anywhere', async () => {
    const whole = makeZip({ entries: [ONE, TWO] });
    for (let length = 0; length < whole.length; length += 7) {
      const attempt = readAll(whole.subarray(0, length));
      await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^ARCHIVE_/) });
    }
  });

  it('never fails in another way when any one byte is wrong', async () => {
    const whole = makeZip({ entries: [ONE, { ...TWO, content: 'abc' }] });
    for (let at = 0; at < whole.length; at++) {
      const broken = Buffer.from(whole);
      broken.writeUInt8(broken.readUInt8(at) ^ 0x55, at);
      const result = await readAll(broken).catch((error: unknown) => error);
      if (result instanceof Error) expect(result).toMatchObject({ name: 'VllmCpuError' });
    }
  });
});

it('names a missing file, a folder and a missing entry', async () => {
  const path = join(folder, 'b.whl');
  await writeFile(path, makeZip({ entries: [ONE] }));
  const none = () => Promise.resolve();
  await expect(withArchive(join(folder, 'none.whl'), none)).rejects.toMatchObject({
    code: 'ARCHIVE_NOT_READABLE',
  });
  await expect(withArchive(folder, none)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_READABLE' });
  await expect(withArchive(path, (archive) => archive.readText('x'))).rejects.toMatchObject({
    code: 'ARCHIVE_ENTRY_MISSING',
  });
  await expect(
    withArchive(path, (archive) => archive.read(archive.get(ONE.name), 3)),
  ).rejects.toMatchObject({ code: 'ARCHIVE_ENTRY_TOO_LARGE' });
});
