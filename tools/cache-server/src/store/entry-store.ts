import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { EntryFiles, isCode, type UnpublishedEntry } from './entry-files.ts';
import { UsageOrder } from './usage-order.ts';

export interface Limits {
  /** Bytes of all entries, uploads in flight included; of one entry. */
  maxSize: number;
  maxEntrySize: number;
}

/** What became of an upload. Only `stored` has changed anything. */
export type PutOutcome = 'stored' | 'exists' | 'too-large' | 'crowded' | 'full' | 'incomplete';

/** What became of a read. The reader closes `content`. */
export type GetOutcome =
  { kind: 'hit'; content: FileHandle; size: number } | { kind: 'miss' } | { kind: 'corrupted' };

/** A bounded set of immutable entries. One per folder; the caller holds the folder's lock. */
export class EntryStore {
  readonly #files: EntryFiles;
  readonly #limits: Limits;
  readonly #order = new UsageOrder();
  readonly #onEvicted: (key: string) => void;

  private constructor(files: EntryFiles, limits: Limits, onEvicted: (key: string) => void) {
    this.#files = files;
    this.#limits = limits;
    this.#onEvicted = onEvicted;
  }

  /** Opens a folder, cleans up after a crash, and evicts what is over the limit. */
  static async open(
    directory: string,
    limits: Limits,
    onEvicted: (key: string) => void = () => undefined,
  ): Promise<EntryStore> {
    const store = new EntryStore(new EntryFiles(directory), limits, onEvicted);
    for (const { key, size } of await store.#files.recover()) store.#order.add(key, size);
    await store.#reserve(0);
    return store;
  }

  get entries(): number {
    return this.#order.entries;
  }

  /** Bytes of the stored entries. */
  get size(): number {
    return this.#order.stored;
  }

  /**
   * Stores a new entry of exactly `size` bytes.
   * @throws what the body throws when its sender goes away, or the disk for other reasons than room
   */
  async put(key: string, size: number, body: AsyncIterable<Uint8Array>): Promise<PutOutcome> {
    if (this.#order.has(key)) return 'exists';
    if (size > this.#limits.maxEntrySize) return 'too-large';
    if (!(await this.#reserve(size))) return 'crowded';
    let written: UnpublishedEntry | undefined;
    try {
      written = await this.#files.write(key, body);
      if (written.size !== size) return 'incomplete';
      if (!(await written.publish())) return 'exists';
      this.#order.add(key, size);
      return 'stored';
    } catch (error) {
      // The disk, a quota or a limit of the process is smaller than --max-size says.
      if (isCode(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) return 'full';
      throw error;
    } finally {
      await written?.discard();
      this.#order.release(size);
    }
  }

  /** Opens an entry to be sent, compared with its checksum first. A corrupted one is removed. */
  async get(key: string): Promise<GetOutcome> {
    if (!this.#order.has(key)) return { kind: 'miss' };
    const opened = await this.#files.open(key);
    if (!opened) {
      this.#order.remove(key);
      return { kind: 'miss' };
    }
    const { content, checksum } = opened;
    try {
      const { size } = await content.stat();
      if (checksum?.size === size && (await isIntact(content, checksum.sha256))) {
        this.#order.touch(key);
        await this.#files.touch(key).catch(() => undefined);
        return { kind: 'hit', content, size };
      }
      await content.close();
      // Evicted while it was looked at: gone, not damaged.
      if (!this.#order.has(key)) return { kind: 'miss' };
      await this.#drop(key);
      return { kind: 'corrupted' };
    } catch (error) {
      await content.close().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Evicts until `bytes` more fit and takes them; false when uploads in flight leave too little.
   * Looks and takes without a pause between, so that two uploads never take the same room.
   */
  async #reserve(bytes: number): Promise<boolean> {
    const fits = (others: number): boolean => others + bytes <= this.#limits.maxSize;
    while (fits(this.#order.reserved) && !fits(this.#order.reserved + this.#order.stored)) {
      const key = this.#order.oldest();
      if (key === undefined) break;
      await this.#drop(key);
      this.#onEvicted(key);
    }
    if (!fits(this.#order.reserved + this.#order.stored)) return false;
    this.#order.reserve(bytes);
    return true;
  }

  async #drop(key: string): Promise<void> {
    // First from the order, so that nobody starts to read it while it goes.
    this.#order.remove(key);
    await this.#files.remove(key);
  }
}

/**
 * Reads all of it before a byte is sent. There is no switch to skip this: Nx 23.3 does not look at
 * the checksum of the archive itself, and replays a flipped bit as the result of the build.
 */
async function isIntact(content: FileHandle, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  const stream = content.createReadStream({ start: 0, autoClose: false });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex') === sha256;
}
