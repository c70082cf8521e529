import { statusError } from '../http/http-status.js';
import { joinPath } from '../path/cloud-path.js';
import { CloudError } from '../port/cloud-error.js';

/** Sends `MKCOL` for a folder and gives the status. */
export type MakeCollection = (folder: string) => Promise<number>;

/** Makes folders one by one from the top, each at most once at a time, and remembers which exist. */
export class FolderMaker {
  readonly #makeCollection: MakeCollection;
  readonly #made = new Map<string, Promise<void>>();

  constructor(makeCollection: MakeCollection) {
    this.#makeCollection = makeCollection;
  }

  /** Notes that the folder, and so each above it, exists. */
  noteExists(parts: readonly string[]): void {
    for (const folder of ancestors(parts)) this.#made.set(folder, Promise.resolve());
  }

  /** Whether a folder was made or seen, so its absence now is news. */
  knows(parts: readonly string[]): boolean {
    return this.#made.has(parts.join('/'));
  }

  /** Forgets the folder and all above it: somebody removed one of them. */
  forget(parts: readonly string[]): void {
    for (const folder of ancestors(parts)) this.#made.delete(folder);
  }

  /**
   * Makes the folder and all above it.
   *
   * @throws CloudError as the server answered
   */
  async make(parts: readonly string[]): Promise<void> {
    const wasSure = ancestors(parts).some((folder) => this.#made.has(folder));
    try {
      await this.#makeAll(parts);
    } catch (error) {
      this.forget(parts);
      const isGone = error instanceof CloudError && error.details['status'] === 409;
      if (!wasSure || !isGone) throw error;
      await this.#makeAll(parts);
    }
  }

  async #makeAll(parts: readonly string[]): Promise<void> {
    for (const folder of ancestors(parts)) {
      const making = this.#made.get(folder) ?? this.#makeOne(folder);
      this.#made.set(folder, making);
      await making;
    }
  }

  async #makeOne(folder: string): Promise<void> {
    let status = await this.#makeCollection(folder);
    if (status === 404 || status === 409) {
      // All above it exists but the storage's own root, which is ours to make as well.
      await this.#makeCollection('');
      status = await this.#makeCollection(folder);
    }
    // 405 Method Not Allowed: there is something of that name (RFC 4918 section 9.3.1).
    if (status >= 300 && status !== 405) {
      throw statusError(`webdav: MKCOL "${folder}"`, { status, details: { path: folder } });
    }
  }
}

/** `['a', 'b']` gives `a` and `a/b`. */
const ancestors = (parts: readonly string[]): readonly string[] =>
  parts.reduce<string[]>((above, part) => [...above, joinPath(above.at(-1) ?? '', part)], []);
