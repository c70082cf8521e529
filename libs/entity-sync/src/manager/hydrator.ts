import { entityNamesOf } from '../model/entity-key-data.js';
import { EMPTY_METADATA, type Metadata } from '../model/metadata.js';
import { type SyncTier } from '../sync/sync-tier.js';
import { type DataManager } from './data-manager.js';

/** A tier below memory, from which what is missing is fetched. */
export interface HydrationSource {
  readonly tier: SyncTier;
  /** Whether asking it costs a request that may be slow: it is asked only when nothing nearer knows. */
  readonly isRemote: boolean;
  /** Whether a sync has brought all that it holds. */
  readonly isSynced: () => boolean;
  /** Whether it makes sense to ask. */
  readonly isReachable: () => boolean;
  /** Told what asking failed with. */
  readonly onError: (error: unknown) => void;
}

/**
 * Fetches what somebody asks for before a sync has brought it: from the device, and what is not there from the clouds. Each key is fetched once. It never fails: what a
 * tier cannot tell is not there for now.
 */
export class Hydrator {
  readonly #data: DataManager;
  readonly #sources: () => readonly HydrationSource[];
  readonly #onRemoteKey: (key: string) => void;
  readonly #fetches = new Map<string, Promise<void>>();
  readonly #metadata = new Map<string, Promise<Metadata | null>>();

  /** `sources` in the order in which they are asked; `onRemoteKey` is told each key that came from a remote one, to be kept nearer. */
  constructor(
    data: DataManager,
    sources: () => readonly HydrationSource[],
    onRemoteKey: (key: string) => void,
  ) {
    this.#data = data;
    this.#sources = sources;
    this.#onRemoteKey = onRemoteKey;
  }

  /** Fetches the key of an id. */
  async ensureId(id: string): Promise<void> {
    const key = this.#data.keys.keyOfId(id);
    for (const source of this.#due())
      if (!source.isRemote || !this.#data.hasKey(key)) await this.#fetch(source, key);
  }

  /** Fetches the keys that a query looks at. */
  async ensureQuery(entityName: string, options: object): Promise<void> {
    const isInKeys = this.#data.keys.filter(entityName, options);
    const isKnown = () => this.#data.keysWith(entityName).some(isInKeys);
    for (const source of this.#due()) {
      if (source.isRemote && isKnown()) continue;
      const { entityKeys } = (await this.#metadataOf(source)) ?? EMPTY_METADATA;
      const keys = Object.keys(entityKeys).filter(
        (key) => isInKeys(key) && Object.hasOwn(entityKeys[key]?.entities ?? {}, entityName),
      );
      await Promise.all(keys.map((key) => this.#fetch(source, key)));
    }
  }

  /** Forgets what was asked of a tier that went away. */
  forget(tierId: string): void {
    this.#metadata.delete(tierId);
    for (const place of this.#fetches.keys())
      if (place.startsWith(`${tierId}\n`)) this.#fetches.delete(place);
  }

  #due(): readonly HydrationSource[] {
    return this.#sources().filter(({ isSynced, isReachable }) => !isSynced() && isReachable());
  }

  #metadataOf(source: HydrationSource): Promise<Metadata | null> {
    const { tier } = source;
    const known = this.#metadata.get(tier.id);
    if (known) return known;
    const asked = tier.loadMetadata().catch((error: unknown) => {
      this.#metadata.delete(tier.id);
      source.onError(error);
      return null;
    });
    this.#metadata.set(tier.id, asked);
    return asked;
  }

  #fetch(source: HydrationSource, key: string): Promise<void> {
    const place = `${source.tier.id}\n${key}`;
    const known = this.#fetches.get(place);
    if (known) return known;
    const fetched = this.#load(source, key).catch((error: unknown) => {
      this.#fetches.delete(place);
      source.onError(error);
    });
    this.#fetches.set(place, fetched);
    return fetched;
  }

  async #load({ tier, isRemote }: HydrationSource, key: string): Promise<void> {
    const data = await tier.loadKey(key);
    if (data === null || entityNamesOf(data).length === 0) return;
    this.#data.mergeIn(new Map([[key, data]]));
    if (isRemote) this.#onRemoteKey(key);
  }
}
