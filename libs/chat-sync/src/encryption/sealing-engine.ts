import { type ChatStorage } from '@chat-vault/chat-storage';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type KeyringFile } from '@chat-vault/core/sealed';
import {
  type ChatVaultEngineParts,
  type RunOptions,
  type SyncReport,
} from '@chat-vault/vault-engine';
import {
  type HealedKeyring,
  joinVault,
  keptFiles,
  type KeyringPlace,
} from '@chat-vault/vault-engine/keyring';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type Engine, type EngineFactory } from '../sync/engine-factory';
import { type HeldKeys } from './held-keys';

/** What such an engine is made of. */
export interface SealingEngineParts {
  readonly parts: ChatVaultEngineParts;
  readonly create: EngineFactory;
  readonly keys: HeldKeys;
  /** Providers of the application: a cloud without a keyring gets that of another one. */
  readonly providerIds: readonly string[];
  /** Called with what was found in the keyring of the cloud. */
  readonly onJoined: (healed: HealedKeyring) => void;
  /** Called after something was written that may have changed how much is not encrypted. */
  readonly onWritten: (engine: Engine) => Promise<void>;
}

type Kind = 'plain' | 'sealed' | 'opening';

/**
 * The engine of a provider that writes as encryption stands at the moment of each call: plain, sealed, or plain while sealed files are still read. Before
 * its first write it sees to the keyring, then turns the vault on or off if that is due; so both are made up for after they were cut off.
 */
export class SealingEngine implements Engine {
  readonly #made: SealingEngineParts;
  readonly #engines = new Map<Kind, Engine | Promise<Engine>>();
  /** The keys that the keyring of the cloud was looked at with, and after which locking. */
  #joined = '';

  constructor(parts: SealingEngineParts) {
    this.#made = parts;
  }

  get cloud() {
    return this.#made.parts.cloud;
  }

  get #storage(): ChatStorage {
    return this.#made.parts.storage;
  }

  async sync(options: RunOptions = {}): Promise<SyncReport> {
    return this.#write(options, (engine) => engine.sync(options));
  }

  async restore(options: RunOptions = {}) {
    return this.#write(options, (engine) => engine.restore(options));
  }

  backup(options: RunOptions = {}) {
    return this.#write(options, (engine) => engine.backup(options));
  }

  verify(options: Parameters<Engine['verify']>[0] = {}) {
    return this.#write(options, (engine) => engine.verify(options));
  }

  repair(options: RunOptions = {}) {
    return this.#write(options, (engine) => engine.repair(options));
  }

  reseed(options: Parameters<Engine['reseed']>[0] = {}) {
    return this.#write(options, (engine) => engine.reseed(options));
  }

  rewrite(options: Parameters<Engine['rewrite']>[0] = {}) {
    return this.#write(options, (engine) => engine.rewrite(options));
  }

  async restoreMonth(...call: Parameters<Engine['restoreMonth']>) {
    return (await this.#current()).restoreMonth(...call);
  }

  async restoreAll(options: RunOptions = {}) {
    return (await this.#current()).restoreAll(options);
  }

  async loadOlder(...call: Parameters<Engine['loadOlder']>) {
    return (await this.#current()).loadOlder(...call);
  }

  async inventory(options: RunOptions = {}) {
    return (await this.#current()).inventory(options);
  }

  async exclusively<Result>(
    work: (cloud: CloudStorage) => Promise<Result>,
    options?: Pick<RunOptions, 'signal'>,
  ): Promise<Result> {
    return (await this.#engine('plain')).exclusively(work, options);
  }

  async seal(options: RunOptions = {}) {
    return (await this.#engine('sealed')).seal(options);
  }

  async unseal(options: RunOptions = {}) {
    return (await this.#engine('opening')).unseal(options);
  }

  async #write<Result>(
    options: RunOptions,
    work: (engine: Engine) => Promise<Result>,
  ): Promise<Result> {
    const { keys } = this.#made;
    if (keys.isOn && keys.keyring.isLocked) throw locked();
    await this.#join(options);
    const engine = await this.#current();
    const result = await work(engine);
    await this.#made.onWritten(engine);
    return result;
  }

  /** Makes the vault what this device believes it to be, once for each engine, change, new key and unlocking: what is sealed with a key must not come before its keyring. */
  async #join({ signal }: RunOptions): Promise<void> {
    const { keys, parts } = this.#made;
    const { providerId } = this.cloud;
    const { isOn } = keys;
    const memory = keys.memoryOf(providerId);
    const call = signal ? { signal } : {};
    if (!isOn) {
      if (memory?.mode !== 'off' || !memory.isDue) return;
      await this.unseal(call);
      await keys.write(this.#storage, providerId, { isDue: false });
      return;
    }
    const isNews = memory?.mode !== 'on' || memory.isDue;
    const { keys: held } = keys.keyring;
    const ids = [keys.locks, ...held.map(({ id }) => id)].join();
    if (this.#joined === ids && !isNews) return;
    const { basePath, accountId } = parts;
    const place: KeyringPlace = {
      ...call,
      storage: this.#storage,
      cloud: this.cloud,
      ...(basePath !== undefined && { basePath }),
      ...(accountId !== undefined && { accountId }),
    };
    const healed = await joinVault(place, held, await this.#copies());
    this.#made.onJoined(healed);
    const isDue = memory?.mode === 'on' ? memory.isDue : !healed.hasSealed;
    if (isDue) await this.seal(call);
    if (isNews) await keys.write(this.#storage, providerId, { mode: 'on', isDue: false });
    this.#joined = ids;
  }

  /** Keyring files of the other clouds, for one that lacks the key that writes. */
  async #copies(): Promise<readonly KeyringFile[]> {
    const others = this.#made.providerIds.filter((id) => id !== this.cloud.providerId);
    const kept = others.map((providerId) =>
      keptFiles({ storage: this.#storage, cloud: { providerId } }),
    );
    return (await Promise.all(kept)).flat();
  }

  #current(): Promise<Engine> {
    const { isOn, isTurnedOff } = this.#made.keys;
    return this.#engine(isOn ? 'sealed' : isTurnedOff ? 'opening' : 'plain');
  }

  async #engine(kind: Kind): Promise<Engine> {
    const { parts, create, keys } = this.#made;
    const { codec } = keys;
    const made =
      this.#engines.get(kind) ??
      create({
        ...parts,
        ...(kind === 'sealed' && { codec }),
        ...(kind === 'opening' && { opens: [codec] }),
      });
    this.#engines.set(kind, made);
    return made;
  }
}

/** The refusal of a device that has no key. */
export const locked = (options?: ErrorOptions): ChatSyncError =>
  new ChatSyncError(
    'locked',
    'chat-sync: the vault is encrypted and locked; nothing was read or written. Unlock it, then try again.',
    options,
  );
