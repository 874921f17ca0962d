import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { withArchive } from './archive-reader.ts';
import { writeWheel, type WheelMember } from './archive-writer.ts';
import { parseRecord, recordHash } from '../metadata/record.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const DIST_INFO = 'a-1.dist-info';
const EPOCH = 1_700_000_001;
/** Longer than the pieces that the compressor is given, and neither constant nor random. */
const BIG = Buffer.from(
  Array.from({ length: 120_000 }, (_, index) => `${index * index} `).join(''),
);

function member(name: string, content: string | Buffer, executable = false): WheelMember {
  return { name, executable, content: Buffer.from(content) };
}

const MEMBERS = [
  member('a/z.py', 'z = 1\n'),
  member(`${DIST_INFO}/METADATA`, 'Name: a\n'),
  member('a/big.so', BIG, true),
  member('a/empty.py', ''),
  member('b/ä,"q".py', 'x'),
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writer-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('writing a wheel', () => {
  it('gives one sequence of bytes, whatever the order, the source, the time zone and the umask', async () => {
    const big = join(folder, 'big');
    await writeFile(big, BIG, { mode: 0o600 });
    const first = await writeWheel(join(folder, 'a.whl'), MEMBERS, DIST_INFO, EPOCH);
    const before = { umask: process.umask(0o077), zone: process.env['TZ'] };
    process.env['TZ'] = 'Pacific/Auckland';
    try {
      const others = [...MEMBERS]
        .reverse()
        .map((one) => (one.name === 'a/big.so' ? { ...one, content: { file: big } } : one));
      const second = await writeWheel(join(folder, 'b.whl'), others, DIST_INFO, EPOCH);
      expect(second.sha256).toBe(first.sha256);
      const third = await withArchive(first.path, (archive) => {
        const copied = archive.entries.map((entry) => ({
          name: entry.name,
          executable: (entry.mode & 0o100) !== 0,
          content: { archive, entry },
        }));
        return writeWheel(join(folder, 'c.whl'), copied, DIST_INFO, EPOCH);
      });
      expect(third.sha256).toBe(first.sha256);
    } finally {
      process.umask(before.umask);
      if (before.zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before.zone;
    }
  });

  it('sorts by bytes, dist-info at the end and RECORD last, and reads back what it was given', async () => {
    const { path } = await writeWheel(join(folder, 'd.whl'), MEMBERS, DIST_INFO, EPOCH);
    await withArchive(path, async (archive) => {
      expect(archive.entries.map((entry) => entry.name)).toEqual([
        'a/big.so',
        'a/empty.py',
        'a/z.py',
        'b/ä,"q".py',
        `${DIST_INFO}/METADATA`,
        `${DIST_INFO}/RECORD`,
      ]);
      expect(archive.get('a/big.so').mode).toBe(0o755);
      expect(archive.get('a/z.py').mode).toBe(0o644);
      expect(BIG.equals(await archive.read(archive.get('a/big.so')))).toBe(true);
      const lines = parseRecord(await archive.readText(`${DIST_INFO}/RECORD`));
      expect(lines).toContainEqual({ path: 'a/big.so', hash: recordHash(BIG), size: BIG.length });
      expect(lines).toHaveLength(archive.entries.length);
    });
  });

  it("is read by Python's zipfile, which finds the stated time in every zone", async () => {
    const { path } = await writeWheel(join(folder, 'e.whl'), MEMBERS, DIST_INFO, EPOCH);
    const program =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; ' +
      'print({(i.date_time, i.create_system, i.flag_bits & 8) for i in z.infolist()})';
    const { stdout } = await createRunner().run({
      argv: ['python3', '-c', program, path],
      env: { ...FIXTURE_ENV, TZ: 'Asia/Tokyo' },
    });
    expect(stdout.trim()).toBe('{((2023, 11, 14, 22, 13, 20), 3, 0)}');
  });

  it('leaves nothing when a member cannot be read', async () => {
    const target = join(folder, 'out');
    const missing = { name: 'x', executable: false, content: { file: join(folder, 'none') } };
    const attempt = writeWheel(join(target, 'f.whl'), [...MEMBERS, missing], DIST_INFO, EPOCH);
    await expect(attempt).rejects.toThrow(/ENOENT/);
    expect(await readdir(target)).toEqual([]);
  });

  it('refuses two members of one name, and keeps what was there', async () => {
    const path = join(folder, 'g.whl');
    await writeFile(path, 'old');
    const attempt = writeWheel(path, [...MEMBERS, member('a/z.py', '2')], DIST_INFO, EPOCH);
    await expect(attempt).rejects.toMatchObject({ code: 'WHEEL_MEMBER_TWICE' });
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});
