import { type VaultCodec } from '@chat-vault/core';
import { CloudError, type CloudStorage } from '@chat-vault/cloud-storage';
import { EntitySyncError } from '../../errors/entity-sync-error.js';
import { type ConflictResolver } from '../../merge/conflict-resolver.js';
import { addedByMerge, mergeEntityKeyData } from '../../merge/merge-entity-key-data.js';
import { metadataOfKeys } from '../../metadata/describe-data.js';
import { type EntityKeyData } from '../../model/entity-key-data.js';
import { isStorableKey, MAX_KEY_UNITS } from '../../model/storable-key.js';
import { type EntityKeyMetadata, type Metadata } from '../../model/metadata.js';
import { copyValue } from '../../model/copy-value.js';
import {
  type MergingPersistence,
  type SharedEntities,
  type TierProblem,
  type TierReport,
} from '../persistence.js';
import { atOnce } from './at-once.js';
import { CloudFiles } from './cloud-files.js';
import {
  type CloudTierOptions,
  type CloudTierSettings,
  cloudTierSettings,
} from './cloud-options.js';
import { collect, replacedFiles } from './collect.js';
import { isOpaque, opaqueToken, readableToken } from './file-name.js';
import { FileShelf } from './file-shelf.js';
import { type KnownFile } from './known-file.js';
import { planWrite } from './plan-write.js';
import { verifyFiles } from './verify.js';

/** Entities in storage that the person owns. */
export interface CloudTier extends MergingPersistence {
  /** Files that were there at the last listing and are not used; they are left alone. */
  readonly problems: readonly TierProblem[];
  /**
   * The keys that begin with `<prefix>.` of which files lie there that would be written in another way now, as with another key, by the last listing. For each of them
   * `mergeData` with nothing new writes those anew that are needed, and removes those whose time of grace is over.
   */
  outdatedKeys(prefix: string): Promise<readonly string[]>;
}

/**
 * Keeps entities in a cloud as files that are never changed, so devices that write at once both survive (docs/entity-format.md). One listing tells
 * what is there; a file is read once. Everything that is stored is added to what is there.
 *
 * @throws CloudError as it comes; FormatError `locked` when the codec has no key, `foreign-vault`; EntitySyncError `invalid-entity`
 */
export function cloudTier(
  cloud: CloudStorage,
  codec: VaultCodec,
  options: CloudTierOptions = {},
): CloudTier {
  return new FileCloudTier(cloud, codec, cloudTierSettings(options));
}

class FileCloudTier implements CloudTier {
  readonly #settings: CloudTierSettings;
  readonly #files: CloudFiles;
  readonly #shelf: FileShelf;
  /** The last call for each key that is being written, as a key is written by one call at a time. */
  readonly #turns = new Map<string, Promise<unknown>>();

  readonly shared: SharedEntities = {
    loadData: (key) => this.#load(key),
    mergeData: (key, data) => this.#mergeInTurn(key, data),
  };

  constructor(cloud: CloudStorage, codec: VaultCodec, settings: CloudTierSettings) {
    this.#settings = settings;
    this.#files = new CloudFiles(cloud, codec, settings);
    this.#shelf = new FileShelf(this.#files, settings);
  }

  get problems(): readonly TierProblem[] {
    return [...this.#shelf.problems.values()].map(({ path, code, reason }) => ({
      kind: 'damaged',
      path,
      code,
      reason: `${code}: ${reason}`,
    }));
  }

  useResolver(conflictResolver: ConflictResolver): void {
    Object.assign(this.#settings, { conflictResolver });
  }

  async loadMetadata(prefix: string): Promise<Metadata> {
    await this.#shelf.refresh();
    const described: [string, EntityKeyMetadata][] = [];
    for (const key of this.#keysOf(prefix)) {
      const metadata = await this.#shelf.metadata(key);
      if (metadata !== undefined) described.push([key, metadata]);
    }
    await this.#shelf.save();
    return metadataOfKeys(described);
  }

  async outdatedKeys(prefix: string): Promise<readonly string[]> {
    if (this.#shelf.listedAt === -Infinity) await this.#shelf.refresh();
    const outdated: string[] = [];
    for (const key of this.#keysOf(prefix)) {
      const { size } = await this.#outdatedOf(this.#shelf.needed(key));
      if (size > 0 || (await this.#isReplacedOutdated(key))) outdated.push(key);
    }
    return outdated.sort();
  }

  async loadData(key: string): Promise<EntityKeyData | null> {
    return copyValue(await this.#load(key));
  }

  async #load(key: string): Promise<EntityKeyData | null> {
    const { now, listingMs } = this.#settings;
    const age = now() - this.#shelf.listedAt;
    if (!(age >= 0 && age < listingMs)) await this.#shelf.refresh();
    const data = await this.#shelf.data(key);
    await this.#shelf.save();
    return data ?? null;
  }

  async storeData(key: string, data: unknown): Promise<void> {
    await this.mergeData(key, data as EntityKeyData);
  }

  async clearData(key: string): Promise<never> {
    throw new EntitySyncError(
      'invalid-entity',
      `entity-sync: "${key}" is not cleared in the cloud, where nothing is ever taken away; delete its entities`,
      { details: { field: 'key', key } },
    );
  }

  async mergeData(key: string, data: EntityKeyData): Promise<EntityKeyData> {
    checkData(key, data);
    return copyValue(await this.#mergeInTurn(key, copyValue(data)));
  }

  verify(): Promise<TierReport> {
    return verifyFiles(this.#parts);
  }

  async #mergeInTurn(key: string, given: EntityKeyData): Promise<EntityKeyData> {
    checkKey(key);
    return this.#inTurn(key, () => this.#merge(key, given));
  }

  async #merge(key: string, given: EntityKeyData): Promise<EntityKeyData> {
    const { conflictResolver, atOnce: limit } = this.#settings;
    if (this.#shelf.listedAt === -Infinity) await this.#shelf.refresh();
    const before = (await this.#shelf.data(key)) ?? {};
    const live = await this.#shelf.live(key);
    const joined = () => mergeEntityKeyData(before, given, conflictResolver);
    const outdated = await this.#outdatedOf(live);
    const added = addedByMerge(before, given, conflictResolver);
    if (added === undefined && outdated.size === 0) {
      if (await this.#isReplacedOutdated(key)) await this.#collect(key);
      return before;
    }
    const planned = planWrite({
      key,
      token: this.#tokenOf(key),
      live,
      joined,
      added: added ?? {},
      resolver: conflictResolver,
      isThere: (stem) => this.#shelf.listed.has(stem),
      outdated,
    });
    await atOnce(limit, planned, async (file) => this.#shelf.added(await this.#files.create(file)));
    const after = await this.#shelf.data(key);
    await this.#shelf.save();
    await this.#collect(key);
    return after ?? joined();
  }

  /** What is left to remove is removed another time. */
  async #collect(key: string): Promise<void> {
    try {
      await collect(key, this.#parts);
      await this.#shelf.save();
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#settings.logger?.info('entity-sync: replaced files were not removed', {
        code: error.code,
      });
    }
  }

  #keysOf(prefix: string): readonly string[] {
    return this.#shelf.keys().filter((key) => key.startsWith(`${prefix}.`));
  }

  /** The names of those that would be written in another way now. */
  async #outdatedOf(
    files: readonly Pick<KnownFile, 'stem' | 'extension' | 'beginning'>[],
  ): Promise<ReadonlySet<string>> {
    const outdated = new Set<string>();
    for (const file of files) if (!(await this.#files.isCurrent(file))) outdated.add(file.stem);
    return outdated;
  }

  /** Whether something that was written in another way can be removed. */
  async #isReplacedOutdated(key: string): Promise<boolean> {
    const files = replacedFiles(key, this.#parts).map(({ file }) => file);
    const known = files.map((file) => this.#shelf.known.get(file.stem) ?? file);
    return (await this.#outdatedOf(known)).size > 0;
  }

  get #parts() {
    return { shelf: this.#shelf, files: this.#files, settings: this.#settings };
  }

  /** The token of new files of the key. One that tells nothing is made once; when devices gave a key several, the least is used. */
  #tokenOf(key: string): string {
    const readable = this.#files.isSealed ? undefined : readableToken(key);
    if (readable !== undefined) return readable;
    const tokens = this.#shelf.filesOf(key).map(({ token }) => token);
    return tokens.filter(isOpaque).sort()[0] ?? opaqueToken(this.#files.newId());
  }

  async #inTurn<Result>(key: string, run: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.then(run, run);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }
}

function checkKey(key: string): void {
  if (isStorableKey(key)) return;
  throw new EntitySyncError(
    'invalid-entity',
    `entity-sync: an entity key is a text of 1 to ${MAX_KEY_UNITS} UTF-16 units without lone surrogates`,
    { details: { field: 'key' } },
  );
}

function checkData(key: string, data: unknown): void {
  const isMap = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap(data) && Object.values(data).every((map) => map === undefined || isMap(map))) return;
  throw new EntitySyncError(
    'invalid-entity',
    `entity-sync: what "${key}" is to hold are no entities`,
    {
      details: { key },
    },
  );
}
