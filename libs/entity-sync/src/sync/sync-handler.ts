import { type ConflictResolver } from '../merge/conflict-resolver.js';
import { forEachVersion, versionOf } from '../merge/difference.js';
import { timeMs, versionMs } from '../merge/entity-version.js';
import { unitsOf } from '../metadata/entity-digest.js';
import { addedByMerge } from '../merge/merge-entity-key-data.js';
import { type EntityKeyData, ownValue } from '../model/entity-key-data.js';
import { type Metadata } from '../model/metadata.js';
import { isMalformed } from './blob-metadata.js';
import { partitionDifferences } from './partition-differences.js';
import { type SyncTier } from './sync-tier.js';

/** What a sync did. */
export interface SyncResult {
  /** Keys whose content was looked at. */
  readonly compared: number;
  /** Keys that were written to the first side, and to the second. */
  readonly keysToA: readonly string[];
  readonly keysToB: readonly string[];
  /** Keys that changed in the first side meanwhile, and are due again. */
  readonly skipped: readonly string[];
  /** Keys that were left alone, and why. */
  readonly problems: ReadonlyMap<string, unknown>;
  /** What the second side failed with when it was written to; the first got all the same what it holds. `undefined` when it took all. */
  readonly failure: unknown;
  /** Entities that were changed on both sides since they were last equal, as far as this session knows. */
  readonly conflicts: number;
  /** Characters of the entities written, as text. */
  readonly bytes: number;
}

/** Keys that are brought together at once. */
const KEYS_AT_ONCE = 16;
/** How often a key is skipped in a row. Adding loses nothing, so one that never rests is not put off for ever. */
const MOST_SKIPS = 3;

/**
 * Brings two tiers to the same: compares metadata, joins the keys that differ, writes to `b` what it lacks, then to `a`, but for keys of `a` that changed
 * meanwhile. Stopped anywhere, the next sync goes on, as every step only adds.
 */
export class SyncHandler {
  readonly #a: SyncTier;
  readonly #b: SyncTier;
  readonly #resolver: ConflictResolver;
  readonly #skips = new Map<string, number>();
  /** When the latest change was of which both sides knew, Unix ms by key. */
  readonly #commonMs = new Map<string, number>();

  constructor(a: SyncTier, b: SyncTier, resolver: ConflictResolver) {
    this.#a = a;
    this.#b = b;
    this.#resolver = resolver;
  }

  /** One sync. What one key fails with is in `problems`, what writing to `b` fails with in `failure`; what a tier else fails with it rejects with. */
  async sync(): Promise<SyncResult> {
    const [a, b] = await Promise.all([this.#a.loadMetadata(), this.#b.loadMetadata()]);
    const { onlyA, onlyB, differing } = partitionDifferences(a, b);
    const keys = [...onlyA, ...onlyB, ...differing];
    const tally = new Tally();
    for (let start = 0; start < keys.length; start += KEYS_AT_ONCE)
      await this.#syncKeys(keys.slice(start, start + KEYS_AT_ONCE), { a, b }, tally);
    const unequal = new Set(keys);
    for (const [key, { updatedAt }] of Object.entries(a.entityKeys))
      if (!unequal.has(key)) this.#commonMs.set(key, timeMs(updatedAt));
    return { ...tally, compared: keys.length };
  }

  async #syncKeys(keys: readonly string[], metadata: BothMetadata, tally: Tally): Promise<void> {
    const loaded = await Promise.all(keys.map((key) => this.#load(key, tally)));
    const pairs = loaded.filter((pair) => pair !== undefined);
    const forB = new Map<string, EntityKeyData>();
    for (const { key, a, b } of pairs) {
      const [toA, toB] = [addedByMerge(a, b, this.#resolver), addedByMerge(b, a, this.#resolver)];
      tally.conflicts += this.#conflicts(key, { a, b, differing: [toA ?? {}, toB ?? {}] });
      if (toB) forB.set(key, tally.written(toB));
    }
    const inB = await this.#writeToB(forB, tally);
    tally.keysToB.push(...[...forB.keys()].filter((key) => inB.has(key)));
    const forA = new Map<string, EntityKeyData>();
    for (const { key, a, b } of pairs) {
      if (tally.problems.has(key)) continue;
      const added = addedByMerge(a, inB.get(key) ?? b, this.#resolver);
      if (added) forA.set(key, added);
      else if (forB.has(key) === inB.has(key)) this.#noteCommon(key, metadata, forB.get(key));
    }
    await this.#writeToA(forA, metadata, tally);
  }

  /** Both sides of a key; `undefined` when one cannot be read: then the key is left alone in both. */
  async #load(key: string, tally: Tally) {
    try {
      const [a, b] = await Promise.all([this.#a.loadKey(key), this.#b.loadKey(key)]);
      return { key, a: a ?? {}, b: b ?? {} };
    } catch (error) {
      if (!isMalformed(error)) throw error;
      tally.problems.set(key, error);
      return undefined;
    }
  }

  async #writeToA(
    changes: Map<string, EntityKeyData>,
    before: BothMetadata,
    tally: Tally,
  ): Promise<void> {
    if (changes.size === 0) return;
    const now = await this.#a.loadMetadata();
    for (const key of changes.keys()) {
      const isSame =
        ownValue(now.entityKeys, key)?.hash === ownValue(before.a.entityKeys, key)?.hash;
      const skips = this.#skips.get(key) ?? 0;
      if (isSame || skips >= MOST_SKIPS) {
        this.#skips.delete(key);
        continue;
      }
      this.#skips.set(key, skips + 1);
      tally.skipped.push(key);
      changes.delete(key);
    }
    for (const data of changes.values()) tally.written(data);
    const inA = await this.#writeTo(this.#a, changes, tally);
    if (tally.failure === undefined)
      for (const key of inA.keys()) this.#noteCommon(key, before, changes.get(key));
    tally.keysToA.push(...inA.keys());
  }

  /** After it refused something it is written to no more in this sync: full or gone, it would refuse the rest. What it holds is wanted all the same. */
  async #writeToB(
    changes: ReadonlyMap<string, EntityKeyData>,
    tally: Tally,
  ): Promise<ReadonlyMap<string, EntityKeyData>> {
    if (tally.failure !== undefined) return new Map();
    try {
      return await this.#writeTo(this.#b, changes, tally);
    } catch (error) {
      tally.failure = error;
      return new Map();
    }
  }

  async #writeTo(
    tier: SyncTier,
    changes: ReadonlyMap<string, EntityKeyData>,
    tally: Tally,
  ): Promise<ReadonlyMap<string, EntityKeyData>> {
    if (changes.size === 0) return new Map();
    const { data, problems } = await tier.merge(changes);
    for (const [key, problem] of problems) tally.problems.set(key, problem);
    return data;
  }

  /** `written` may be later than both metadata. */
  #noteCommon(key: string, { a, b }: BothMetadata, written: EntityKeyData = {}): void {
    const latestOf = ({ entityKeys }: Metadata) => timeMs(ownValue(entityKeys, key)?.updatedAt);
    let latestMs = Math.max(latestOf(a), latestOf(b));
    forEachVersion(written, (_name, _id, version) => {
      latestMs = Math.max(latestMs, versionMs(version));
    });
    this.#commonMs.set(key, latestMs);
  }

  #conflicts(key: string, { a, b, differing }: TwoSides): number {
    const commonMs = this.#commonMs.get(key) ?? Infinity;
    const conflicting = new Set<string>();
    for (const data of differing)
      forEachVersion(data, (entityName, id) => {
        const [inA, inB] = [versionOf(a, entityName, id), versionOf(b, entityName, id)];
        if (inA && inB && versionMs(inA) > commonMs && versionMs(inB) > commonMs)
          conflicting.add(JSON.stringify([entityName, id]));
      });
    return conflicting.size;
  }
}

interface BothMetadata {
  readonly a: Metadata;
  readonly b: Metadata;
}

interface TwoSides {
  readonly a: EntityKeyData;
  readonly b: EntityKeyData;
  /** What one of them has that the other has not, or otherwise. */
  readonly differing: readonly EntityKeyData[];
}

/** What a sync did so far. */
class Tally {
  readonly keysToA: string[] = [];
  readonly keysToB: string[] = [];
  readonly skipped: string[] = [];
  readonly problems = new Map<string, unknown>();
  failure: unknown = undefined;
  conflicts = 0;
  bytes = 0;

  written(data: EntityKeyData): EntityKeyData {
    this.bytes += unitsOf(data);
    return data;
  }
}
