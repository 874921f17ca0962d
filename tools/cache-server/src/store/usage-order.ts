/**
 * The entries in order of their last use, oldest first, and the bytes that they and the uploads in
 * flight take. Holds no more than names and numbers: a restart builds it again from the folder.
 */
export class UsageOrder {
  // A Map keeps insertion order, so deleting and setting again moves an entry to the young end.
  readonly #sizes = new Map<string, number>();
  #stored = 0;
  #reserved = 0;

  get entries(): number {
    return this.#sizes.size;
  }

  /** Bytes of the stored entries. */
  get stored(): number {
    return this.#stored;
  }

  /** Bytes of the uploads in flight. */
  get reserved(): number {
    return this.#reserved;
  }

  has(key: string): boolean {
    return this.#sizes.has(key);
  }

  add(key: string, size: number): void {
    this.remove(key);
    this.#sizes.set(key, size);
    this.#stored += size;
  }

  /** Marks an entry as just used. */
  touch(key: string): void {
    const size = this.#sizes.get(key);
    if (size !== undefined) this.add(key, size);
  }

  /** False when it was not there. */
  remove(key: string): boolean {
    this.#stored -= this.#sizes.get(key) ?? 0;
    return this.#sizes.delete(key);
  }

  /** The entry that was not used for the longest time. */
  oldest(): string | undefined {
    return this.#sizes.keys().next().value;
  }

  reserve(bytes: number): void {
    this.#reserved += bytes;
  }

  release(bytes: number): void {
    this.#reserved -= bytes;
  }
}
