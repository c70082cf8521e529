import { CloudError } from '@chat-vault/cloud-storage';
import { Subject } from 'rxjs';
import { type EntitySyncEnvironment } from '../environment.js';
import { EntitySyncError } from '../errors/entity-sync-error.js';
import { type DataManager } from '../manager/data-manager.js';
import { type HydrationSource } from '../manager/hydrator.js';
import { type ConflictResolver } from '../merge/conflict-resolver.js';
import { SyncPair } from '../schedule/sync-pair.js';
import { type SyncScheduler } from '../schedule/sync-scheduler.js';
import { type TelemetryEvent } from '../schedule/telemetry.js';
import { type TierState } from '../schedule/tier-state.js';
import { BlobTier } from '../sync/blob-tier.js';
import { mergingTier } from '../sync/merging-tier.js';
import { storeTier } from '../sync/store-tier.js';
import { SyncHandler, type SyncResult } from '../sync/sync-handler.js';
import { type SyncTier } from '../sync/sync-tier.js';
import { type IPersistence, isMerging, type TierReport } from '../tiers/persistence.js';

/** What the tiers are connected with. */
export interface TiersParts {
  readonly data: DataManager;
  readonly resolver: ConflictResolver;
  readonly environment: EntitySyncEnvironment;
  readonly scheduler: SyncScheduler;
  /** Keeps the application's store in step after a sync. */
  readonly persistStore: () => Promise<void>;
  readonly onState: () => void;
}

interface Connected {
  readonly tier: SyncTier;
  readonly pair: SyncPair;
}

/** The tiers below memory, each with the pair that keeps it equal to the one above. */
export class Tiers {
  readonly telemetry$ = new Subject<TelemetryEvent>();
  readonly #parts: TiersParts;
  readonly #store: SyncTier;
  readonly #local: Connected | undefined;
  readonly #clouds = new Map<string, Connected>();

  constructor(parts: TiersParts, local: IPersistence | undefined) {
    this.#parts = parts;
    this.#store = storeTier(parts.data);
    if (!local) return;
    const tier = this.#open('local', local);
    const pair = this.#pair(this.#store, tier, this.#syncOfStore(tier), ({ keysToB }) => {
      if (keysToB.length > 0) this.#markClouds();
    });
    this.#local = { tier, pair };
    parts.scheduler.add(pair, 'local');
  }

  /** Adds a cloud. @throws EntitySyncError `invalid-entity` for an id that is taken */
  attach(id: string, cloud: IPersistence): void {
    if (id === 'store' || id === 'local' || this.#clouds.has(id)) throw invalidId(id, 'is taken');
    const tier = this.#open(id, cloud);
    const pair = this.#pair(
      this.#local?.tier ?? this.#store,
      tier,
      this.#syncOfCloud(tier),
      (result) => this.#onCloudResult(id, result),
    );
    this.#clouds.set(id, { tier, pair });
    this.#parts.scheduler.add(pair, 'cloud');
    this.#parts.onState();
  }

  /** Takes a cloud away; what it holds stays there. Whether it was attached. */
  detach(id: string): boolean {
    const cloud = this.#clouds.get(id);
    if (!cloud) return false;
    this.#clouds.delete(id);
    this.#parts.scheduler.remove(cloud.pair);
    this.#parts.onState();
    return true;
  }

  /** Notes that memory holds something that no tier below has. */
  markDirty(): void {
    for (const pair of this.#pairsOfStore()) {
      pair.markDirty();
      if (pair === this.#local?.pair) this.#parts.scheduler.request(pair);
    }
    if (this.#local?.pair.hasFailed) this.#markClouds();
  }

  /** Writes memory to the device; without one, to the clouds. Rejects with the first failure, after all were tried. */
  async flush(): Promise<void> {
    await inTurn(this.#pairsOfStore().map((pair) => () => untilClean(pair)));
  }

  /** Makes all tiers equal, or those above one cloud and that. Rejects with the first failure, after all were tried. @throws EntitySyncError `invalid-entity` */
  async sync(cloudId?: string): Promise<void> {
    const ids = cloudId === undefined ? [...this.#clouds.keys()] : [cloudId];
    const pairs = ids.map((id) => {
      const cloud = this.#clouds.get(id);
      if (!cloud) throw invalidId(id, 'is that of no cloud');
      return cloud.pair;
    });
    const clouds = pairs.map((pair) => () => untilClean(pair));
    // What a later cloud brought an earlier one lacks.
    const again = pairs.map((cloud) => async () => {
      if (cloud.isDirty && !cloud.hasFailed) await untilClean(cloud);
    });
    const { pair } = this.#local ?? {};
    // At last again what the clouds brought.
    const device = pair ? [() => untilClean(pair)] : [];
    await inTurn([...device, ...clouds, ...again, ...device]);
  }

  /** Flushes, and tries those clouds that may lack something, for so long at most. Rejects with the first failure, after all were tried. */
  async leave(cloudsMs: number): Promise<void> {
    const clouds = () => this.#within(cloudsMs, this.#leaveClouds());
    await inTurn(this.#local ? [() => this.flush(), clouds] : [clouds]);
  }

  /** How it stands with each. */
  states(): readonly TierState[] {
    return this.#all().map(({ pair }) => pair.state);
  }

  /** Where what is missing in memory is fetched. */
  sources(): readonly HydrationSource[] {
    return this.#all().map(({ tier, pair }) => ({
      tier,
      isRemote: tier !== this.#local?.tier,
      isSynced: () => pair.hasSynced,
      isReachable: () => tier === this.#local?.tier || this.#parts.environment.isOnline(),
      onError: (error) => pair.noteError(error),
    }));
  }

  /** Reads everything in every tier and says what is wrong, by tier. */
  async verify(): Promise<Readonly<Record<string, TierReport>>> {
    const reports: Record<string, TierReport> = {};
    for (const { tier } of this.#all()) reports[tier.id] = await tier.verify();
    return reports;
  }

  /** All at once: one that does not answer keeps no other one waiting. */
  async #leaveClouds(): Promise<void> {
    if (!this.#parts.environment.isOnline()) return;
    const dirty = [...this.#clouds.values()].filter(({ pair }) => pair.isDirty);
    const ends = await Promise.allSettled(dirty.map(({ pair }) => untilClean(pair)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** What did not end in time goes on, and nobody waits for it. */
  #within(ms: number, work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel = this.#parts.environment.after(ms, () =>
        reject(new CloudError('offline', `entity-sync: a cloud did not answer within ${ms} ms`)),
      );
      work.finally(cancel).then(resolve, reject);
    });
  }

  #all(): readonly Connected[] {
    return [...(this.#local ? [this.#local] : []), ...this.#clouds.values()];
  }

  #pairsOfStore(): readonly SyncPair[] {
    if (this.#local) return [this.#local.pair];
    return [...this.#clouds.values()].map(({ pair }) => pair);
  }

  #markClouds(): void {
    for (const { pair } of this.#clouds.values()) pair.markDirty();
  }

  /** Memory and the tier, and then the application's store. */
  #syncOfStore(tier: SyncTier): () => Promise<SyncResult> {
    const handler = new SyncHandler(this.#store, tier, this.#parts.resolver);
    return async () => {
      const result = await handler.sync();
      await this.#parts.persistStore();
      return result;
    };
  }

  /** The device and the cloud; while the device fails, memory and the cloud, so that what is saved now is somewhere. */
  #syncOfCloud(tier: SyncTier): () => Promise<SyncResult> {
    const direct = this.#syncOfStore(tier);
    const local = this.#local;
    if (!local) return direct;
    const handler = new SyncHandler(local.tier, tier, this.#parts.resolver);
    return () => (local.pair.hasFailed ? direct() : handler.sync());
  }

  /** What a cloud brought goes up to memory and to the other clouds. */
  #onCloudResult(id: string, { keysToA }: SyncResult): void {
    if (keysToA.length === 0) return;
    for (const [otherId, { pair }] of this.#clouds) if (otherId !== id) pair.markDirty();
    if (!this.#local) return;
    this.#local.pair.markDirty();
    this.#parts.scheduler.request(this.#local.pair);
  }

  #open(id: string, persistence: IPersistence): SyncTier {
    const { data, resolver } = this.#parts;
    const { prefix } = data.keys;
    if (!isMerging(persistence)) return new BlobTier(id, persistence, { prefix, resolver });
    persistence.useResolver?.(resolver);
    return mergingTier(id, persistence, prefix);
  }

  #pair(
    a: SyncTier,
    b: SyncTier,
    sync: () => Promise<SyncResult>,
    onResult: (result: SyncResult) => void,
  ): SyncPair {
    const { environment, onState } = this.#parts;
    return new SyncPair({
      from: a.id,
      to: b.id,
      sync,
      environment,
      onState,
      onResult,
      onTelemetry: (event) => this.telemetry$.next(event),
    });
  }
}

const invalidId = (id: string, what: string): EntitySyncError =>
  new EntitySyncError('invalid-entity', `entity-sync: the tier id "${id}" ${what}`, {
    details: { field: 'id' },
  });

/** Syncs until nothing was skipped or changed meanwhile, a few times at most: somebody who never rests is not waited for. */
async function untilClean(pair: SyncPair): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await pair.run();
    if (!pair.isDirty) return;
  }
}

async function inTurn(works: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const work of works) await work().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}
