import { type Injector, untracked, type WritableSignal } from '@angular/core';
import {
  type EncryptionState,
  type RecoveryReport,
  type RecoverySecret,
  type RecoverySheet,
  ɵSEALED_ENVIRONMENT as SEALED_ENVIRONMENT,
} from '@chat-vault/chat-sync/encryption';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type VaultCodec } from '@chat-vault/core';
import {
  createKeyring,
  createRecoveryCode,
  type KeyringOptions,
  type VaultKey,
  type VaultSecret,
  type WrittenKeyring,
} from '@chat-vault/core/sealed';
import { type ChatVaultEngineParts } from '@chat-vault/vault-engine';
import {
  accountOf,
  changeVaultSecret,
  type DrillOptions,
  drillRestore,
  hasSealedFiles,
  type KeyringPlace,
  newKeyringId,
  refuseEncrypted,
  storeKeyring,
  unlockVault,
} from '@chat-vault/vault-engine/keyring';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { CHAT_SYNC_CONFIG } from '../provide/chat-sync-config';
import { ChatSyncError } from '../sync/chat-sync-error';
import { CloudConnections } from '../sync/cloud-connections';
import { type Engine, type EngineFactory } from '../sync/engine-factory';
import { type EngineTask } from '../sync/connection-parts';
import { type ProviderConnection } from '../sync/provider-connection';
import { type EncryptionMemory, toVaultSecret } from './encryption-memory';
import { HeldKeys } from './held-keys';
import { SealingEngine } from './sealing-engine';
import { checkGroups, chooseGroups } from './typed-code';

/** A keyring that was made and not yet confirmed. */
interface Prepared {
  readonly written: WrittenKeyring;
  readonly secrets: readonly VaultSecret[];
  readonly sheet: RecoverySheet;
  /** Providers that have it already: confirming goes on where it was cut off. */
  readonly stored: Set<string>;
}

type CloudWork = (place: KeyringPlace, connection: ProviderConnection) => Promise<void>;

/** Turns encryption of the account's vaults on and off, unlocks and locks it. Every call may reject with `ChatVaultError`. */
export class EncryptionLife {
  readonly #injector: Injector;
  readonly #state: WritableSignal<EncryptionState>;
  readonly #keys: HeldKeys;
  readonly #plain = new Map<string, { readonly files: number; readonly bytes: number }>();
  #prepared: Prepared | null = null;

  constructor(injector: Injector, state: WritableSignal<EncryptionState>, isKept: boolean) {
    this.#injector = injector;
    this.#state = state;
    const providerIds = this.#connections.all.map(({ providerId }) => providerId);
    this.#keys = new HeldKeys({ providerIds, isKept });
  }

  /** Opens what the keys of this device open. */
  get codec(): VaultCodec {
    return this.#keys.codec;
  }

  get #connections(): CloudConnections {
    return this.#injector.get(CloudConnections);
  }

  async recall(storage: ChatStorage): Promise<void> {
    const wasLocked = this.#keys.keyring.isLocked;
    await this.#keys.recall(storage);
    if (wasLocked && !this.#keys.keyring.isLocked) this.#noteUnlocked();
    this.#show();
  }

  createEngine(parts: ChatVaultEngineParts, create: EngineFactory): Engine {
    return new SealingEngine({
      parts,
      create,
      keys: this.#keys,
      providerIds: this.#connections.all.map(({ providerId }) => providerId),
      onWritten: async (engine) => this.#count(parts.cloud.providerId, engine),
    });
  }

  /** Sealed files are opened with the keys of this device; a file without any is taken as it is. */
  async createPassingEngine(parts: ChatVaultEngineParts, create: EngineFactory): Promise<Engine> {
    const isSealed = await hasSealedFiles(parts);
    return create({ ...parts, ...(isSealed && { codec: this.codec }) });
  }

  /** Makes keys and a recovery code; nothing is written. */
  async prepare(passphrase: string): Promise<RecoverySheet> {
    await this.#inClouds((place) => refuseEncrypted(place));
    const recoveryCode = createRecoveryCode(this.#environment);
    const secrets: readonly VaultSecret[] = [
      { kind: 'passphrase', passphrase },
      { kind: 'recovery', code: recoveryCode },
    ];
    const account = await accountOf(this.#injector.get(CHAT_SYNC_CONFIG));
    const written = await createKeyring(secrets, { ...this.#keyringOptions, ...account });
    const clock = this.#injector.get(CHAT_SYNC_CLOCK);
    const groups = chooseGroups(recoveryCode, () => clock.random());
    const sheet = { recoveryCode, groups };
    this.#prepared = { written, secrets, sheet, stored: new Set() };
    this.#show();
    return sheet;
  }

  /** Writes the keyring to every connected cloud, reads it back, and only then seals the vaults. */
  async confirm(typed: readonly string[]): Promise<void> {
    const prepared = this.#prepared;
    if (!prepared) throw notTurningOn();
    const { written, secrets, sheet, stored } = prepared;
    checkGroups(sheet.recoveryCode, sheet.groups, typed);
    await this.#inClouds(async (place, { providerId }) => {
      if (stored.has(providerId)) return;
      // Written before and not read back: the same file again is no other keyring.
      if (!prepared.stored.has(`${providerId}?`)) await refuseEncrypted(place);
      stored.add(`${providerId}?`);
      await storeKeyring(place, written, secrets);
      stored.add(providerId);
    });
    if (this.#prepared !== prepared) throw notTurningOn();
    const ids = this.#connections.wanted.map(({ providerId }) => providerId);
    await this.#adopt(written.keys, new Map(ids.map((id) => [id, { mode: 'on', isDue: true }])));
    this.#prepared = null;
    this.#show();
    await this.#syncAll();
  }

  /** Opens the keyring of every connected cloud; one that is not reached or not opened is told about by its next sync, when another one was. */
  async unlock(secret: RecoverySecret): Promise<void> {
    const patches = new Map<string, Pick<EncryptionMemory, 'mode' | 'isDue'>>();
    const keys: VaultKey[] = [];
    const wasTurnedOff = this.#keys.isTurnedOff;
    const [failed] = await this.#tryClouds(async (place, { providerId }) => {
      const opened = await unlockVault(place, toVaultSecret(secret));
      keys.push(...opened.keys);
      patches.set(providerId, { mode: 'on', isDue: wasTurnedOff || !opened.hasSealed });
    });
    if (keys.length === 0) throw failed;
    await this.#adopt(keys, patches);
    this.#prepared = null;
    this.#noteUnlocked();
    this.#show();
  }

  /** Forgets the keys on this device, and a set-up that was not confirmed. Where encryption was turned off they stay: nothing is secret about the rest. */
  async lock(): Promise<void> {
    this.#prepared = null;
    if (this.#keys.isOn) await this.#keys.lock(await this.#connections.start());
    this.#show();
  }

  /** Wraps the keys for another passphrase, in every connected cloud. */
  async changePassphrase(current: RecoverySecret, next: string): Promise<void> {
    const change = {
      current: toVaultSecret(current),
      next: { kind: 'passphrase', passphrase: next } as const,
    };
    await this.#inClouds((place) => changeVaultSecret(place, change, this.#keyringOptions));
  }

  /** Opens one file of each month with nothing but the secret, in every connected cloud. */
  async verify(
    secret: RecoverySecret,
    onProgress: DrillOptions['onProgress'],
    signal: AbortSignal | undefined,
  ): Promise<RecoveryReport> {
    const clock = this.#injector.get(CHAT_SYNC_CLOCK);
    const options = { random: () => clock.random(), ...(onProgress && { onProgress }) };
    const clouds: RecoveryReport['clouds'][number][] = [];
    const storage = await this.#connections.start();
    await this.#inClouds(async (place, { providerId }) => {
      const report = await drillRestore(place, toVaultSecret(secret), options);
      clouds.push({ providerId, ...report });
      if (report.ok && this.#keys.memoryOf(providerId))
        await this.#keys.write(storage, providerId, { verifiedAt: clock.now() });
    }, signal);
    this.#show();
    return { ok: clouds.every(({ ok }) => ok), clouds };
  }

  /** Plain files again, on this device; what is sealed stays readable here, as the keys stay. */
  async turnOff(secret: RecoverySecret): Promise<void> {
    const keys: VaultKey[] = [];
    await this.#inClouds(async (place) => {
      keys.push(...(await unlockVault(place, toVaultSecret(secret))).keys);
    });
    const known = this.#connections.all.filter(({ providerId }) => this.#keys.memoryOf(providerId));
    const all = new Set([...known, ...this.#connections.wanted]);
    const off = { mode: 'off', isDue: true } as const;
    this.#prepared = null;
    await this.#adopt(keys, new Map([...all].map(({ providerId }) => [providerId, off])));
    this.#noteUnlocked();
    this.#show();
    await this.#syncAll();
  }

  get #environment() {
    return this.#injector.get(SEALED_ENVIRONMENT, undefined, { optional: true }) ?? undefined;
  }

  get #keyringOptions(): Omit<KeyringOptions, 'account'> {
    const environment = this.#environment;
    return { newId: newKeyringId, ...(environment && { environment }) };
  }

  async #adopt(
    keys: readonly VaultKey[],
    patches: ReadonlyMap<string, Pick<EncryptionMemory, 'mode' | 'isDue'>>,
  ): Promise<void> {
    await this.#keys.unlock(await this.#connections.start(), keys, patches);
  }

  #noteUnlocked(): void {
    for (const connection of this.#connections.all) connection.noteUnlocked();
  }

  /** Makes what was decided true in the clouds; what fails is made up for by the next sync, and says why. */
  async #syncAll(): Promise<void> {
    for (const connection of this.#connections.wanted)
      await connection.run('sync', (engine, run) => engine.sync(run));
  }

  /** Does something in every connected cloud, one after the other. @throws ChatSyncError `not-connected`; the first failure of the work */
  async #inClouds(work: CloudWork, signal?: AbortSignal): Promise<void> {
    const [failed] = await this.#tryClouds(work, signal);
    if (failed !== undefined) throw failed;
  }

  /** Gives what failed; the other clouds were done all the same. */
  async #tryClouds(work: CloudWork, signal?: AbortSignal): Promise<readonly unknown[]> {
    const storage = await this.#connections.start();
    const { basePath, accountId } = this.#injector.get(CHAT_SYNC_CONFIG);
    const account = {
      ...(basePath !== undefined && { basePath }),
      ...(accountId !== undefined && { accountId }),
    };
    const connections = this.#connections.wanted;
    if (connections.length === 0) throw notConnected();
    const failed: unknown[] = [];
    for (const connection of connections) {
      const task: EngineTask<object> = async ({ cloud }, run) => {
        const call = run.signal ? { signal: run.signal } : {};
        // A wrong passphrase is no state of the cloud, so it is not thrown in the run.
        await work({ storage, cloud, ...account, ...call }, connection).catch((error: unknown) =>
          failed.push(error),
        );
        return {};
      };
      const outcome = await connection.run('look', task, signal);
      if (!outcome.ok) failed.push(outcome.error);
      signal?.throwIfAborted();
    }
    return failed;
  }

  async #count(providerId: string, engine: Engine): Promise<void> {
    if (!this.#keys.isOn) return;
    const { plainFiles: files, plainBytes: bytes } = await engine.inventory();
    this.#plain.set(providerId, { files, bytes });
    this.#show();
  }

  #show(): void {
    const next = this.#describe();
    const before = untracked(this.#state);
    if (JSON.stringify(next) !== JSON.stringify(before)) this.#state.set(next);
  }

  #describe(): EncryptionState {
    const { isOn, keyring, verifiedAt } = this.#keys;
    if (this.#prepared) return { state: 'turning-on', groups: this.#prepared.sheet.groups };
    if (!isOn) return { state: 'off' };
    if (keyring.isLocked) return { state: 'locked' };
    const plain = [...this.#plain.values()];
    return {
      state: 'unlocked',
      plainFiles: plain.reduce((sum, { files }) => sum + files, 0),
      plainBytes: plain.reduce((sum, { bytes }) => sum + bytes, 0),
      verifiedAt: verifiedAt === null ? null : new Date(verifiedAt),
    };
  }
}

const notConnected = (): ChatSyncError =>
  new ChatSyncError('not-connected', 'chat-sync: no cloud is connected; connect one first');

const notTurningOn = (): ChatSyncError =>
  new ChatSyncError(
    'not-turning-on',
    'chat-sync: no recovery code waits to be confirmed; call enableEncryption first',
  );
