import { type ConflictResolver } from '../merge/conflict-resolver.js';
import { mergeAndCompare, mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
import {
  describeChange,
  describeData,
  type DescribedData,
  metadataOfKeys,
  placesIn,
} from '../metadata/describe-data.js';
import { emptyMap, type EntityKeyData, ownValue } from '../model/entity-key-data.js';
import { EMPTY_METADATA, type EntityKeyMetadata, type Metadata } from '../model/metadata.js';
import { parseData, plainData } from '../model/plain-data.js';
import { metadataKeyOf } from '../strategy/entity-key-handler.js';
import {
  type AtomicPersistence,
  type IPersistence,
  type KeyChanges,
  isAtomic,
  isPatching,
  type KeyValues,
  type PatchingPersistence,
  type TierProblem,
  type TierReport,
} from '../tiers/persistence.js';
import { isMalformed, parseMetadata, UNKNOWN_KEY } from './blob-metadata.js';
import { Turns } from './turns.js';
import { type MergeOutcome, type SyncTier, UNKNOWN_HASH } from './sync-tier.js';

/**
 * Blobs and a metadata blob in a persistence, as a side of a sync. Whatever a crash leaves behind, no entry of the metadata says of a blob what is not so:
 * where the persistence is atomic they change together, and elsewhere the entry is made unknown before the blob changes.
 */
export class BlobTier implements SyncTier {
  readonly id: string;
  readonly #persistence: IPersistence;
  readonly #metadataKey: string;
  readonly #resolver: ConflictResolver;
  readonly #turns: Turns;
  /**
   * What keys held when they were last read or written; it is what they hold as long as the metadata have this hash. Only where blobs and metadata change
   * together.
   */
  readonly #held = new Map<string, DescribedData>();
  /** Hashes as they were last seen in the metadata. */
  #hashes: ReadonlyMap<string, string> = new Map();

  constructor(
    id: string,
    persistence: IPersistence,
    options: { readonly prefix: string; readonly resolver: ConflictResolver },
  ) {
    this.id = id;
    this.#persistence = persistence;
    this.#metadataKey = metadataKeyOf(options.prefix);
    this.#resolver = options.resolver;
    this.#turns = Turns.of(persistence);
  }

  async loadMetadata(): Promise<Metadata> {
    const metadata = parseMetadata(await this.#persistence.loadData(this.#metadataKey));
    const entries = Object.entries(metadata.entityKeys);
    this.#hashes = new Map(entries.map(([key, { hash }]) => [key, hash]));
    if (entries.every(([, { hash }]) => hash !== UNKNOWN_HASH)) return metadata;
    const known: [string, EntityKeyMetadata][] = [];
    for (const [key, entry] of entries)
      known.push([key, entry.hash === UNKNOWN_HASH ? await this.#describe(key) : entry]);
    return metadataOfKeys(known);
  }

  async loadKey(key: string): Promise<EntityKeyData | null> {
    const held = this.#held.get(key);
    if (held && held.metadata.hash === this.#hashes.get(key)) return held.data;
    const data = await this.#read(key);
    if (data !== null) this.#hold(key, { data, metadata: describeData(data) });
    return data;
  }

  /** One after the other in this process; an atomic persistence keeps others from coming in between too. */
  merge(changes: ReadonlyMap<string, EntityKeyData>): Promise<MergeOutcome> {
    const persistence = this.#persistence;
    return this.#turns.run(() =>
      isPatching(persistence)
        ? this.#mergePatches(persistence, changes)
        : isAtomic(persistence)
          ? this.#mergeAtOnce(persistence, changes)
          : this.#mergeInSteps(changes),
    );
  }

  async verify(): Promise<TierReport> {
    const { entityKeys } = parseMetadata(await this.#persistence.loadData(this.#metadataKey));
    const problems: TierProblem[] = [];
    for (const [key, entry] of Object.entries(entityKeys)) {
      const problem = await this.#verifyKey(key, entry);
      if (!problem) continue;
      problems.push({ path: key, ...problem });
      this.#held.delete(key);
    }
    return { checked: Object.keys(entityKeys).length, problems };
  }

  async #verifyKey(
    key: string,
    { hash }: EntityKeyMetadata,
  ): Promise<Omit<TierProblem, 'path'> | undefined> {
    try {
      const data = await this.#read(key);
      if (data === null) return { kind: 'missing', reason: 'the metadata name it' };
      if (hash === UNKNOWN_HASH || describeData(data).hash === hash) return undefined;
      return { kind: 'altered', reason: 'its hash is not that of the metadata' };
    } catch (error) {
      if (!isMalformed(error)) throw error;
      return { kind: 'damaged', reason: String(error) };
    }
  }

  async #describe(key: string): Promise<EntityKeyMetadata> {
    try {
      return describeData((await this.#read(key)) ?? {});
    } catch (error) {
      if (isMalformed(error)) return UNKNOWN_KEY;
      throw error;
    }
  }

  async #read(key: string): Promise<EntityKeyData | null> {
    const data = (await this.#persistence.loadData(key)) ?? null;
    return data === null ? null : parseData(data, key);
  }

  #hold(key: string, described: DescribedData): void {
    if (isAtomic(this.#persistence)) this.#held.set(key, described);
  }

  /** Writes only what is new, where the metadata say that the keys hold what they held; else reads them. */
  async #mergePatches(
    persistence: PatchingPersistence,
    changes: ReadonlyMap<string, EntityKeyData>,
  ): Promise<MergeOutcome> {
    let plan: PatchPlan | undefined;
    const change = (values: KeyValues): KeyChanges => {
      plan = this.#planPatches(values, changes);
      return { values: new Map(plan && this.#metadataEntry(plan)), patches: plan?.patches ?? NONE };
    };
    try {
      await persistence.patchAll([this.#metadataKey], change);
    } catch (error) {
      // What is stored is not what it was: it is looked at key by key.
      if (!isMalformed(error)) throw error;
      for (const key of changes.keys()) this.#held.delete(key);
      plan = undefined;
    }
    if (plan === undefined) return this.#mergeAtOnce(persistence, changes);
    this.#holdAll(plan);
    return plan;
  }

  /** `undefined` when not all keys are known. */
  #planPatches(
    values: KeyValues,
    changes: ReadonlyMap<string, EntityKeyData>,
  ): PatchPlan | undefined {
    const stored = parseMetadata(values.get(this.#metadataKey));
    const plan = {
      data: new Map<string, EntityKeyData>(),
      patches: new Map(),
      problems: new Map(),
    };
    const entries = new Map(Object.entries(stored.entityKeys));
    for (const [key, change] of changes) {
      const held = this.#held.get(key);
      if (!held || held.metadata.hash !== entries.get(key)?.hash) return undefined;
      const { data, added } = mergeAndCompare(held.data, change, this.#resolver);
      plan.data.set(key, data);
      if (!added) continue;
      plan.patches.set(key, added);
      entries.set(key, describeChange(held, data, placesIn(added)));
    }
    const isMetadataChanged = plan.patches.size > 0;
    return { ...plan, metadata: metadataOfKeys(entries), isMetadataChanged };
  }

  #holdAll({ data, metadata }: Pick<MergePlan, 'data' | 'metadata'>): void {
    for (const [key, one] of data) {
      const described = ownValue(metadata.entityKeys, key);
      if (described) this.#hold(key, { data: one, metadata: described });
    }
  }

  async #mergeAtOnce(
    persistence: AtomicPersistence,
    changes: ReadonlyMap<string, EntityKeyData>,
  ): Promise<MergeOutcome> {
    let plan = EMPTY_PLAN;
    const keys = [this.#metadataKey, ...changes.keys()];
    const change = (values: KeyValues) => {
      plan = this.#plan(values, changes);
      return new Map<string, unknown>([...plan.blobs, ...this.#metadataEntry(plan)]);
    };
    if (isPatching(persistence))
      await persistence.patchAll(keys, (values) => ({ values: change(values), patches: NONE }));
    else await persistence.updateAll(keys, change);
    this.#holdAll(plan);
    return plan;
  }

  async #mergeInSteps(changes: ReadonlyMap<string, EntityKeyData>): Promise<MergeOutcome> {
    const values = new Map<string, unknown>();
    for (const key of [this.#metadataKey, ...changes.keys()])
      values.set(key, await this.#persistence.loadData(key));
    const plan = this.#plan(values, changes);
    if (plan.blobs.size > 0) {
      const entityKeys = Object.assign(emptyMap<EntityKeyMetadata>(), plan.metadata.entityKeys);
      for (const key of plan.blobs.keys()) entityKeys[key] = UNKNOWN_KEY;
      const unknown = { ...plan.metadata, entityKeys };
      await this.#persistence.storeData(this.#metadataKey, plainMetadata(unknown));
    }
    for (const [key, blob] of plan.blobs) await this.#persistence.storeData(key, blob);
    for (const [key, metadata] of this.#metadataEntry(plan))
      await this.#persistence.storeData(key, metadata);
    return plan;
  }

  #metadataEntry(
    plan: Pick<MergePlan, 'metadata' | 'isMetadataChanged'>,
  ): readonly (readonly [string, unknown])[] {
    return plan.isMetadataChanged ? [[this.#metadataKey, plainMetadata(plan.metadata)]] : [];
  }

  /** What is to be written so that the changes are in what was read. */
  #plan(values: KeyValues, changes: ReadonlyMap<string, EntityKeyData>): MergePlan {
    const stored = parseMetadata(values.get(this.#metadataKey));
    const entries = new Map(Object.entries(stored.entityKeys));
    const plan = { data: new Map<string, EntityKeyData>(), blobs: new Map(), problems: new Map() };
    let isMetadataChanged = false;
    for (const [key, change] of changes) {
      try {
        const value = values.get(key) ?? null;
        const old = value === null ? {} : parseData(value, key);
        const merged = mergeEntityKeyData(old, change, this.#resolver);
        const described = describeData(merged);
        plan.data.set(key, merged);
        if (merged !== old) plan.blobs.set(key, plainData(merged));
        isMetadataChanged ||= ownValue(stored.entityKeys, key)?.hash !== described.hash;
        entries.set(key, described);
      } catch (error) {
        if (!isMalformed(error)) throw error;
        plan.problems.set(key, error);
      }
    }
    return { ...plan, metadata: metadataOfKeys(entries), isMetadataChanged };
  }
}

interface MergePlan extends MergeOutcome {
  readonly blobs: ReadonlyMap<string, unknown>;
  readonly metadata: Metadata;
  readonly isMetadataChanged: boolean;
}

interface PatchPlan extends Omit<MergePlan, 'blobs'> {
  readonly patches: ReadonlyMap<string, EntityKeyData>;
}

const NONE: ReadonlyMap<string, EntityKeyData> = new Map();

const EMPTY_PLAN: MergePlan = {
  data: new Map(),
  problems: new Map(),
  blobs: new Map(),
  metadata: EMPTY_METADATA,
  isMetadataChanged: false,
};

/** In ordinary objects, and of its own. */
const plainMetadata = (metadata: Metadata): unknown => JSON.parse(JSON.stringify(metadata));
