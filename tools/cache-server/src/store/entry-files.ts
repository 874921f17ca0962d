import { createHash, randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The sidecar of an entry: whose content it is, and what the content must be. */
const CHECKSUM = z.strictObject({
  key: z.string(),
  size: z.int().nonnegative(),
  sha256: z.string(),
});
export type Checksum = z.infer<typeof CHECKSUM>;

export interface EntryOnDisk {
  key: string;
  size: number;
  /** Milliseconds since 1970. */
  lastUsed: number;
}

/**
 * The files of the entries. An entry is the folder `entries/<two letters>/<key>` with `content` and
 * `checksum.json`. A folder, because one rename publishes both files at once, and because renaming
 * onto a folder that holds something fails: no way of writing here can replace an entry.
 */
export class EntryFiles {
  readonly #entries: string;
  readonly #unfinished: string;

  constructor(directory: string) {
    this.#entries = join(directory, 'entries');
    this.#unfinished = join(directory, 'unfinished');
  }

  /** Deletes what a killed server left behind, and lists the whole entries, least recent first. */
  async recover(): Promise<EntryOnDisk[]> {
    await rm(this.#unfinished, { recursive: true, force: true });
    await mkdir(this.#unfinished, { recursive: true });
    await mkdir(this.#entries, { recursive: true });
    const found: EntryOnDisk[] = [];
    for (const { name: shard } of await readFolders(this.#entries)) {
      for (const key of await readdir(join(this.#entries, shard))) {
        const entry = await this.#describe(key);
        if (entry) found.push(entry);
        else await rm(join(this.#entries, shard, key), { recursive: true, force: true });
      }
    }
    return found.sort((a, b) => a.lastUsed - b.lastUsed);
  }

  /**
   * Writes `body` beside the entries, to be published or discarded. Both files and their folder are
   * flushed first: after a power cut an entry is whole or not there.
   * @throws whatever the body or the disk throws; nothing is left then
   */
  async write(key: string, body: AsyncIterable<Uint8Array>): Promise<UnpublishedEntry> {
    const folder = join(this.#unfinished, randomUUID());
    const discard = (): Promise<void> => rm(folder, { recursive: true, force: true });
    try {
      await mkdir(folder);
      const hash = createHash('sha256');
      let size = 0;
      const seen = async function* (): AsyncGenerator<Uint8Array> {
        for await (const chunk of body) {
          hash.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      };
      await writeFlushed(join(folder, 'content'), seen());
      const checksum: Checksum = { key, size, sha256: hash.digest('hex') };
      await writeFlushed(join(folder, 'checksum.json'), `${JSON.stringify(checksum)}\n`);
      await flushFolder(folder);
      return { size, discard, publish: () => this.#publish(folder, key) };
    } catch (error) {
      await discard();
      throw error;
    }
  }

  /** Opens an entry's content and reads what it must be; undefined when there is no such entry. */
  async open(
    key: string,
  ): Promise<{ content: FileHandle; checksum: Checksum | undefined } | undefined> {
    const content = await open(join(this.#folder(key), 'content')).catch(absent);
    if (!content) return undefined;
    return { content, checksum: await this.#checksum(key) };
  }

  /** Remembers a use over a restart. */
  async touch(key: string): Promise<void> {
    const now = new Date();
    await utimes(join(this.#folder(key), 'content'), now, now);
  }

  /** Takes an entry out in one step, so that no half of one is ever seen, then deletes it. */
  async remove(key: string): Promise<void> {
    const grave = join(this.#unfinished, randomUUID());
    const moved = await rename(this.#folder(key), grave).then(() => true, absent);
    if (moved) await rm(grave, { recursive: true, force: true });
  }

  async #publish(folder: string, key: string): Promise<boolean> {
    const shard = join(this.#entries, shardOf(key));
    await mkdir(shard, { recursive: true });
    try {
      await rename(folder, join(shard, key));
    } catch (error) {
      if (!isCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
      return false;
    }
    await flushFolder(shard);
    return true;
  }

  async #describe(key: string): Promise<EntryOnDisk | undefined> {
    const status = await stat(join(this.#folder(key), 'content')).catch(absent);
    const checksum = await this.#checksum(key);
    if (!status?.isFile() || checksum?.size !== status.size) return undefined;
    return { key, size: status.size, lastUsed: status.mtimeMs };
  }

  async #checksum(key: string): Promise<Checksum | undefined> {
    try {
      const text = await readFile(join(this.#folder(key), 'checksum.json'), 'utf8');
      const checksum = CHECKSUM.parse(JSON.parse(text));
      // On a file system that ignores case two keys can meet in one folder.
      return checksum.key === key ? checksum : undefined;
    } catch {
      return undefined;
    }
  }

  #folder(key: string): string {
    return join(this.#entries, shardOf(key), key);
  }
}

/** A written entry that nobody sees yet. */
export interface UnpublishedEntry {
  /** Bytes of the content. */
  size: number;
  /** False when the key was taken meanwhile; nothing is replaced then. */
  publish(): Promise<boolean>;
  /** Does nothing to an entry that was published. */
  discard(): Promise<void>;
}

/** Keys are hashes, so their last two characters spread evenly. */
function shardOf(key: string): string {
  return key.slice(-2).padStart(2, '_');
}

async function writeFlushed(path: string, data: string | AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await writeFile(file, data);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readFolders(path: string): Promise<Dirent[]> {
  return (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function absent(error: unknown): undefined {
  if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw error;
  return undefined;
}
