import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EntryStore } from './entry-store.ts';
import { temporaryFolder } from '../testing/test-server.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

const open = (maxSize = 100, maxEntrySize = maxSize): Promise<EntryStore> =>
  EntryStore.open(folder.path, { maxSize, maxEntrySize });

async function* bytes(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function read(store: EntryStore, key: string): Promise<string> {
  const found = await store.get(key);
  if (found.kind !== 'hit') return found.kind;
  const text = await found.content.readFile('utf8');
  await found.content.close();
  return text;
}

const put = (store: EntryStore, key: string, text: string): Promise<string> =>
  store.put(key, text.length, bytes(text));
const contentOf = (key: string): string =>
  join(folder.path, 'entries', key.slice(-2), key, 'content');
const unfinished = (): string[] => readdirSync(join(folder.path, 'unfinished'));

describe('the entry store', () => {
  it('gives back what was put, also after a restart', async () => {
    expect(await put(await open(), 'key1', 'content')).toBe('stored');
    expect(await read(await open(), 'key1')).toBe('content');
  });

  it('never replaces an entry', async () => {
    const store = await open();
    await put(store, 'key1', 'first');
    expect(await put(store, 'key1', 'other')).toBe('exists');
    expect(await read(store, 'key1')).toBe('first');
  });

  it('stores one of two uploads of a key that run at once, whole', async () => {
    const store = await open();
    let meet: (value: unknown) => void;
    const both = new Promise((resolve) => (meet = resolve));
    let waiting = 0;
    const slow = async function* (text: string): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text.slice(0, 2));
      waiting += 1;
      if (waiting === 2) meet(undefined);
      await both;
      yield Buffer.from(text.slice(2));
    };
    const outcomes = await Promise.all([
      store.put('key1', 5, slow('aaaaa')),
      store.put('key1', 5, slow('bbbbb')),
    ]);
    expect(outcomes.sort()).toEqual(['exists', 'stored']);
    expect(await read(store, 'key1')).toMatch(/^(a{5}|b{5})$/);
    expect([store.entries, store.size, unfinished()]).toEqual([1, 5, []]);
  });

  it('does not publish over a folder that appeared meanwhile', async () => {
    const store = await open();
    mkdirSync(join(contentOf('key1'), '..'), { recursive: true });
    writeFileSync(contentOf('key1'), 'somebody else');
    expect(await put(store, 'key1', 'mine')).toBe('exists');
    expect(readFileSync(contentOf('key1'), 'utf8')).toBe('somebody else');
  });

  it.each(['short', 'longer than announced'])(
    'keeps nothing of a body that is %s',
    async (body) => {
      const store = await open();
      expect(await store.put('key1', 10, bytes(body))).toBe('incomplete');
      expect([await read(store, 'key1'), store.size, unfinished()]).toEqual(['miss', 0, []]);
    },
  );

  it('keeps nothing of an upload that breaks off', async () => {
    const store = await open();
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('some');
      throw new Error('gone');
    };
    await expect(store.put('key1', 10, breaking())).rejects.toThrow('gone');
    expect([await read(store, 'key1'), unfinished()]).toEqual(['miss', []]);
    expect(await put(store, 'key2', 'x'.repeat(100))).toBe('stored');
  });

  it('evicts what was not used for longest', async () => {
    const store = await open(30);
    for (const key of ['key1', 'key2', 'key3']) await put(store, key, 'x'.repeat(10));
    await read(store, 'key1');
    expect(await put(store, 'key4', 'y'.repeat(15))).toBe('stored');
    expect(await read(store, 'key2')).toBe('miss');
    expect(await read(store, 'key3')).toBe('miss');
    expect(await read(store, 'key1')).toBe('x'.repeat(10));
    expect(store.size).toBe(25);
  });

  it('remembers the order of use over a restart, and obeys a smaller limit', async () => {
    const first = await open(30);
    for (const key of ['key1', 'key2', 'key3']) await put(first, key, 'x'.repeat(10));
    for (const key of ['key1', 'key2', 'key3']) utimesSync(contentOf(key), 1, 1);
    await read(first, 'key2');
    const second = await open(15);
    expect([second.entries, await read(second, 'key2')]).toEqual([1, 'x'.repeat(10)]);
  });

  it('counts uploads in flight, so that the folder never holds more than the limit', async () => {
    const store = await open(20);
    await put(store, 'old1', 'x'.repeat(10));
    let finish: (value: unknown) => void = () => undefined;
    const wait = new Promise((resolve) => (finish = resolve));
    let begin: (value: unknown) => void = () => undefined;
    const begun = new Promise((resolve) => (begin = resolve));
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      begin(undefined);
      await wait;
      yield Buffer.from('y'.repeat(15));
    };
    const first = store.put('key1', 15, slow());
    await begun;
    expect(await put(store, 'key2', 'z'.repeat(10))).toBe('crowded');
    finish(undefined);
    expect(await first).toBe('stored');
    expect(await put(store, 'key2', 'z'.repeat(10))).toBe('stored');
    expect(await read(store, 'key1')).toBe('miss');
  });

  it('does not give the same room to uploads that arrive together', async () => {
    const store = await open(20);
    const keys = ['key1', 'key2', 'key3', 'key4'];
    const outcomes = await Promise.all(keys.map((key) => put(store, key, 'x'.repeat(9))));
    expect(outcomes.sort()).toEqual(['crowded', 'crowded', 'stored', 'stored']);
    expect(store.size).toBe(18);
  });

  it('keeps the other entries when an upload can never fit', async () => {
    const store = await open(20, 10);
    await put(store, 'key1', 'x'.repeat(10));
    expect(await put(store, 'key2', 'x'.repeat(11))).toBe('too-large');
    expect(await read(store, 'key1')).toBe('x'.repeat(10));
  });

  it.each([
    ['one changed byte', (file: string): void => writeFileSync(file, 'c0ntent')],
    ['a lost end', (file: string): void => writeFileSync(file, 'cont')],
    ['a lost checksum', (file: string): void => writeFileSync(join(file, '../checksum.json'), '')],
  ])('finds and removes an entry with %s', async (_damage, damage) => {
    const store = await open();
    await put(store, 'key1', 'content');
    damage(contentOf('key1'));
    expect(await read(store, 'key1')).toBe('corrupted');
    expect([await read(store, 'key1'), store.size]).toEqual(['miss', 0]);
    expect(await put(store, 'key1', 'content')).toBe('stored');
    expect(await read(store, 'key1')).toBe('content');
  });

  it('cleans up at the start what a crash left', async () => {
    await put(await open(), 'key1', 'content');
    mkdirSync(join(folder.path, 'unfinished/half'));
    writeFileSync(join(folder.path, 'unfinished/half/content'), 'half');
    mkdirSync(join(folder.path, 'entries/y2/key2'), { recursive: true });
    writeFileSync(contentOf('key2'), 'no checksum');
    const store = await open();
    expect([store.entries, unfinished()]).toEqual([1, []]);
    expect(() => statSync(contentOf('key2'))).toThrow('ENOENT');
  });

  it('counts an entry that somebody deleted by hand as a miss', async () => {
    const store = await open();
    await put(store, 'key1', 'content');
    rmSync(join(contentOf('key1'), '..'), { recursive: true });
    expect([await read(store, 'key1'), store.size]).toEqual(['miss', 0]);
  });
});
