import { type Logger } from '@chat-vault/core';
import { fromBase64, toBase64 } from '@chat-vault/core/records';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { type EntityKeyMetadata } from '../../model/metadata.js';
import { malformed, readObject } from '../../serial/decode-value.js';
import { decodeEntityKeyData, encodeEntityKeyData } from '../../serial/entity-key-json.js';
import { isAtomic, type IPersistence, type KeyValues } from '../persistence.js';
import { chainToJson, parseChain } from './entity-file.js';
import { parseFileName } from './file-name.js';
import { type KnownFile } from './known-file.js';

/** What is known of a key as long as the files that it consists of are these. */
export interface CachedKey {
  /** The names of its files. */
  readonly signature: string;
  readonly metadata: EntityKeyMetadata;
}

/** What was known when the cache was written. */
export interface CacheIndex {
  readonly files: readonly KnownFile[];
  readonly keys: ReadonlyMap<string, CachedKey>;
}

const VERSION = 2;
const EMPTY: CacheIndex = { files: [], keys: new Map() };

/**
 * Read files in a persistence, so that a restart does not read them again: an index, and the data of each file that is needed. A cache that is lost,
 * old, or fails costs reading, nothing else; so it never makes a call fail.
 */
export class FileCache {
  readonly #persistence: IPersistence | undefined;
  readonly #prefix: string;
  readonly #logger: Logger | undefined;
  /** Files whose data are kept. */
  readonly #kept = new Set<string>();

  constructor(persistence: IPersistence | undefined, place: string, logger: Logger | undefined) {
    this.#persistence = persistence;
    this.#prefix = `cloud~${place}~`;
    this.#logger = logger;
  }

  async load(): Promise<CacheIndex> {
    const index = await this.#try('read', async (persistence) =>
      parseIndex(await persistence.loadData(this.#indexKey)),
    );
    for (const { stem } of index?.files ?? []) this.#kept.add(stem);
    return index ?? EMPTY;
  }

  /** The data of a file, `undefined` when they are not here. */
  loadData(stem: string): Promise<EntityKeyData | undefined> {
    return this.#try('read', async (persistence) => {
      const json = await persistence.loadData(this.#prefix + stem);
      return json === null || json === undefined ? undefined : decodeEntityKeyData(json);
    });
  }

  /** Keeps what is known now: of all files what they say of others, and the data of those that are needed. */
  async save(
    files: readonly KnownFile[],
    isNeeded: (file: KnownFile) => boolean,
    keys: ReadonlyMap<string, CachedKey>,
  ): Promise<void> {
    await this.#try('written', async (persistence) => {
      const entries = new Map<string, unknown>();
      const needed = files.filter(isNeeded);
      for (const { stem, data } of needed)
        if (data !== undefined && !this.#kept.has(stem))
          entries.set(this.#prefix + stem, encodeEntityKeyData(data));
      const stems = new Set(needed.map(({ stem }) => stem));
      for (const stem of this.#kept) if (!stems.has(stem)) entries.set(this.#prefix + stem, null);
      const beginnings = [...new Set(files.map(({ beginning }) => beginning))];
      const index = {
        version: VERSION,
        files: files.map((file) => toRow(file, beginnings.indexOf(file.beginning))),
        beginnings: beginnings.map((bytes) => (bytes ? toBase64(bytes) : '')),
        keys: Object.fromEntries(keys),
      };
      await storeEntries(persistence, entries);
      await persistence.storeData(this.#indexKey, index);
      for (const [name, data] of entries)
        if (data === null) this.#kept.delete(name.slice(this.#prefix.length));
        else this.#kept.add(name.slice(this.#prefix.length));
    });
  }

  get #indexKey(): string {
    return `${this.#prefix}index`;
  }

  async #try<Result>(
    what: string,
    run: (persistence: IPersistence) => Promise<Result>,
  ): Promise<Result | undefined> {
    if (!this.#persistence) return undefined;
    try {
      return await run(this.#persistence);
    } catch (error) {
      const { name, code } = error as { name?: unknown; code?: unknown };
      this.#logger?.info(`entity-sync: the cache of cloud files was not ${what}`, { name, code });
      return undefined;
    }
  }
}

/** The data go first: an index that names data which are not there only makes them be read again. */
async function storeEntries(persistence: IPersistence, entries: KeyValues): Promise<void> {
  if (isAtomic(persistence)) return persistence.storeAll(entries);
  for (const [key, value] of entries)
    if (value === null) await persistence.clearData(key);
    else await persistence.storeData(key, value);
}

/** Many files share a beginning, so it is kept once. */
const toRow = (
  { stem, extension, path, key, size, digest, units, ...chain }: KnownFile,
  beginning: number,
) => ({
  name: `${stem}.${extension}`,
  path,
  key,
  size,
  digest,
  units,
  beginning,
  ...chainToJson(chain),
});

/** What `save` wrote; what is of another form is left out or refused as a whole, which only costs reading. */
function parseIndex(json: unknown): CacheIndex {
  if (json === null || json === undefined) return EMPTY;
  const { version, files, beginnings, keys } = readObject(json, 'the cache');
  if (version !== VERSION || !Array.isArray(files) || !Array.isArray(beginnings)) return EMPTY;
  const known = beginnings.map(parseBeginning);
  return {
    files: files.map((row) => parseRow(row, known)),
    keys: new Map(Object.entries(readObject(keys, 'the keys')) as [string, CachedKey][]),
  };
}

function parseBeginning(base64: unknown): Uint8Array | undefined {
  const bytes = typeof base64 === 'string' ? fromBase64(base64) : null;
  if (bytes === null) throw malformed('a beginning of the cache is not one');
  return bytes.length > 0 ? bytes : undefined;
}

function parseRow(json: unknown, beginnings: readonly (Uint8Array | undefined)[]): KnownFile {
  const row = readObject(json, 'a file of the cache') as JsonRow & { readonly name: string };
  const name = parseFileName(row.name);
  const { path, key, size, digest, units } = row;
  const beginning = beginnings[Number(row['beginning'])];
  if (!name || typeof path !== 'string' || typeof key !== 'string' || typeof digest !== 'string')
    throw malformed('a file of the cache is not one');
  if (typeof size !== 'number' || typeof units !== 'number')
    throw malformed('a file of the cache is not one');
  return {
    ...name,
    path,
    key,
    size,
    digest,
    units,
    ...(beginning && { beginning }),
    ...parseChain(row),
    isReadBack: false,
  };
}

type JsonRow = { readonly [field: string]: unknown };
