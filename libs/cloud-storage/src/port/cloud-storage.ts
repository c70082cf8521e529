/** One stored file, as a listing shows it. */
export interface CloudFile {
  /** From the root of the storage, parts joined by `/`, no leading slash. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The server's clock, ISO-8601 UTC with milliseconds (precision is the server's). */
  readonly modifiedAt: string;
}

/** What every call takes. */
export interface CallOptions {
  /** Aborting rejects with `CloudError` `aborted`. */
  readonly signal?: AbortSignal;
}

/** A part of a file, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Room in a person's storage, in bytes; what the service does not tell is absent. */
export interface CloudSpace {
  readonly usedBytes?: number;
  readonly freeBytes?: number;
}

/**
 * Files in storage that a person owns. The smallest contract that a simple store can keep: no locks, no conditional writes, no atomic
 * renames, no consistency of listings is assumed; correctness is the engine's business.
 *
 * Guarantees (each a test of `cloudStorageConformance`):
 * - After `create` resolved, `read` of the path gives the same bytes. A listing may show the file later.
 * - `create` makes missing folders. Nothing is read first. Repeating it with the same bytes is success.
 * - `list` gives every file directly in the folder, of all pages, and `[]` for a folder that does not exist. If it cannot tell that it
 *   saw all pages it throws.
 * - `remove` of an absent file is success.
 * - A range beyond the end gives the bytes that are there; a service that ignores ranges is cut to size.
 * - When a service keeps several files of one path, `list` may show them all and `read` gives any of them.
 *
 * @throws CloudError
 */
export interface CloudStorage {
  /** Stable id of the connected storage in this app, for example `webdav`; state is kept by it. */
  readonly providerId: string;
  /** What a person calls it. */
  readonly displayName: string;
  /** How long after a write a listing may still lack it, in milliseconds; 0 when listings are consistent. */
  readonly listingLagMs?: number;

  /** Files directly in the folder (not in its sub-folders). */
  list(folder: string, options?: CallOptions): Promise<readonly CloudFile[]>;
  /** Names of the direct sub-folders, `[]` when absent. */
  listFolders(folder: string, options?: CallOptions): Promise<readonly string[]>;
  read(path: string, options?: CallOptions & { readonly range?: ByteRange }): Promise<Uint8Array>;
  /** Writes a new file. A file of that path and size that is there already is success, one of another size is `conflict`. */
  create(path: string, bytes: Uint8Array, options?: CallOptions): Promise<void>;
  remove(path: string, options?: CallOptions): Promise<void>;
  /** Signs in, opens a permission; `interactive` only from a person's click. */
  connect?(options: { readonly interactive: boolean }): Promise<void>;
  /** Forgets credentials. */
  disconnect?(): Promise<void>;
  isConnected?(): boolean;
  /** How much room there is, all files of the person counted; for a screen only, as it may be out of date. */
  space?(options?: CallOptions): Promise<CloudSpace>;
}
