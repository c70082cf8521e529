import { ChatSyncError } from '@chat-vault/chat-sync';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { gzipCodec, jsonCodec, type VaultCodec } from '@chat-vault/core';
import { type CloudTier, cloudTier, type CloudTierOptions } from '@chat-vault/entity-sync/cloud';
import { type DataOrchestrator, type IPersistence } from '@chat-vault/entity-sync';
import { cloudUntil } from './cloud-until';
import { type Connection } from './connection';
import { type Sealing } from './sealing';

/** What cloud tiers are made with. */
export interface CloudLinksParts {
  readonly orchestrator: DataOrchestrator;
  readonly prefix: string;
  /** Remembers what was read of the clouds. */
  readonly local: IPersistence;
  /** Keeps how this device wrote to a cloud, with what else is known of it: forgotten with that. */
  readonly openStorage: () => Promise<ChatStorage>;
  /** How entities are to be written at this moment; `null` while that is not possible. */
  readonly sealing: () => Sealing | null;
  /** Seals and opens, where this application can have keys. */
  readonly codec: () => Promise<VaultCodec | undefined>;
  readonly tierOptions: Pick<
    CloudTierOptions,
    'accountId' | 'basePath' | 'logger' | 'now' | 'newId'
  >;
}

/** How it went with a cloud after it was synced. */
export interface Settled {
  /** Whether it is to be attached anew. */
  readonly isDue: boolean;
  readonly error?: unknown;
}

interface Link {
  /** Ends with the connection that the tier was made for. */
  readonly life: AbortSignal;
  /** Ends the tier, with what it is writing. */
  readonly ending: AbortController;
  readonly sealing: Sealing;
  readonly tier: CloudTier;
  /** How this device last wrote to the cloud; `null` when it never did. */
  before: Sealing | null;
}

/** The clouds that entities are synced with: each while it is connected, with what seals as encryption stands. */
export class CloudLinks {
  readonly #parts: CloudLinksParts;
  readonly #links = new Map<string, Link>();

  constructor(parts: CloudLinksParts) {
    this.#parts = parts;
  }

  /** Whether there is a cloud to sync with. */
  get isEmpty(): boolean {
    return this.#links.size === 0;
  }

  /** Whether the cloud may be synced with as it is. */
  has({ providerId, ended }: Connection): boolean {
    const link = this.#links.get(providerId);
    return link?.life === ended && this.#isCurrent(link);
  }

  /** Whether files lie there whose key this device does not have: another one may have changed it. */
  lacksKey({ providerId }: Connection): boolean {
    const link = this.#links.get(providerId);
    return link !== undefined && lacksKey(link);
  }

  /** Ends syncing with clouds that are not connected any more, or are to be written to in another way. */
  drop(): void {
    for (const [providerId, link] of this.#links)
      if (!this.#isCurrent(link)) this.#detach(providerId);
  }

  /** Ends syncing with all. */
  dropAll(): void {
    for (const providerId of [...this.#links.keys()]) this.#detach(providerId);
  }

  /** Begins to sync with a cloud. @throws ChatSyncError `locked`; what opening it fails with */
  async attach(connection: Connection): Promise<void> {
    this.drop();
    if (this.has(connection)) return;
    const { providerId, ended: life } = connection;
    const sealing = this.#parts.sealing();
    if (!sealing) throw locked();
    const storage = await this.#parts.openStorage();
    const before = parseSealing(await storage.document(providerId, SEALING_DOCUMENT));
    const codec = await this.#parts.codec();
    // A run would connect again what a person disconnected meanwhile.
    if (life.aborted || !connection.isWanted) throw changed();
    const opened = await connection.run('look', async ({ cloud }) => ({ cloud }));
    if (!opened.ok) throw opened.error;
    const ending = new AbortController();
    const cloud = cloudUntil(opened.report.cloud, AbortSignal.any([life, ending.signal]));
    const tier = this.#createTier(cloud, { sealing, before, codec });
    // Another call may have been faster, and what was asked above may not hold any more.
    this.#detach(providerId);
    if (life.aborted || sealing !== this.#parts.sealing()) throw changed();
    this.#parts.orchestrator.attachCloud(tierIdOf(providerId), tier);
    this.#links.set(providerId, { life, ending, sealing, tier, before });
  }

  /**
   * After a sync: writes anew what lies in a cloud from before encryption was turned on or off, or the key was changed. Once that is done after encryption was turned on, what was
   * plain is not read any more, so nobody can add to it. Gives how it went by provider, without those that could not be synced.
   */
  async settle(only?: string): Promise<ReadonlyMap<string, Settled>> {
    const states = this.#parts.orchestrator.states();
    const outcomes = new Map<string, Settled>();
    for (const [providerId, link] of [...this.#links]) {
      if (only !== undefined && providerId !== only) continue;
      const state = states.find(({ tierId }) => tierId === tierIdOf(providerId));
      if (!state || state.isDirty || state.error !== null) continue;
      try {
        const isDue = await this.#settleOne(providerId, link);
        outcomes.set(providerId, { isDue, ...(lacksKey(link) && { error: keyIsNew() }) });
      } catch (error) {
        outcomes.set(providerId, { isDue: false, error });
      }
    }
    return outcomes;
  }

  /** Whether the cloud is to be attached anew. */
  async #settleOne(providerId: string, link: Link): Promise<boolean> {
    const { openStorage, prefix } = this.#parts;
    for (const key of await link.tier.outdatedKeys(prefix)) {
      if (!this.#isCurrent(link)) return false;
      await link.tier.mergeData(key, {});
    }
    const { before, sealing } = link;
    if (before === sealing) return false;
    const storage = await openStorage();
    if (!this.#isCurrent(link)) return false;
    await storage.updateSyncState(providerId, { documents: { [SEALING_DOCUMENT]: sealing } });
    link.before = sealing;
    if (before === null) return false;
    this.#detach(providerId);
    return true;
  }

  #isCurrent({ life, sealing }: Link): boolean {
    return !life.aborted && sealing === this.#parts.sealing();
  }

  /** In an encrypted cloud, plain files count only on a device that wrote there before, and only until it has written them anew. */
  #createTier(
    cloud: Parameters<typeof cloudTier>[0],
    how: {
      readonly sealing: Sealing;
      readonly before: Sealing | null;
      readonly codec: VaultCodec | undefined;
    },
  ): CloudTier {
    const { sealing, before, codec } = how;
    const { local, tierOptions } = this.#parts;
    const options = { ...tierOptions, cache: local };
    const plain = [jsonCodec(), gzipCodec()];
    if (sealing === 'plain')
      return cloudTier(cloud, gzipCodec(), {
        ...options,
        alsoReads: [jsonCodec(), ...(codec ? [codec] : [])],
      });
    if (!codec) throw locked();
    return cloudTier(cloud, codec, { ...options, alsoReads: before === 'plain' ? plain : [] });
  }

  #detach(providerId: string): void {
    const link = this.#links.get(providerId);
    if (!link) return;
    this.#links.delete(providerId);
    this.#parts.orchestrator.detachCloud(tierIdOf(providerId));
    link.ending.abort(changed());
  }
}

/** The id of the tier of a cloud; `local` and `store` are taken. */
export const tierIdOf = (providerId: string): string => `cloud:${providerId}`;

/** Name of the document of `SyncState.documents` in which the device notes how it wrote to a cloud. */
const SEALING_DOCUMENT = 'chat-sync:entities';

const parseSealing = (stored: unknown): Sealing | null =>
  stored === 'plain' || stored === 'sealed' ? stored : null;

const locked = (): ChatSyncError =>
  new ChatSyncError(
    'locked',
    'chat-sync: the vault is encrypted and locked; entities wait here. Unlock it, then they are synced.',
  );

const lacksKey = ({ tier }: Link): boolean =>
  tier.problems.some(({ code }) => code === 'unknown-key');

const keyIsNew = (): ChatSyncError =>
  new ChatSyncError(
    'locked',
    'chat-sync: some entities are encrypted with a key that is not on this device. Unlock with the newest passphrase or recovery code, then they are read.',
  );

const changed = (): ChatSyncError =>
  new ChatSyncError('closed', 'chat-sync: the connection or its encryption changed meanwhile');
