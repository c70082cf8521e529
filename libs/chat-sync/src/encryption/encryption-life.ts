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
  KeyringError,
  type KeyringFile,
  type KeyringOptions,
  sealedCodec,
  type VaultKey,
  VaultKeyring,
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
  newKeyringId,
  noteOutdated,
  openOneFile,
  readKeyring,
  refuseEncrypted,
  rotateKeyring,
  storeKeyring,
  unlockVault,
} from '@chat-vault/vault-engine/keyring';
import { CHAT_SYNC_CLOCK } from '../page/chat-sync-clock';
import { CHAT_SYNC_CONFIG } from '../provide/chat-sync-config';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type Engine, type EngineFactory } from '../sync/engine-factory';
import { ConnectedClouds } from './connected-clouds';
import { NEVER_VERIFIED, toVaultSecret, verifiedBy } from './encryption-memory';
import { HeldKeys, type UnlockPatch } from './held-keys';
import { type PlainCount, plainLeft } from './plain-left';
import { SealingEngine } from './sealing-engine';
import { checkGroups, chooseGroups } from './typed-code';

/** A keyring that was made and not yet confirmed. */
interface Prepared {
  readonly state: 'turning-on' | 'rotating';
  readonly written: WrittenKeyring;
  readonly secrets: readonly VaultSecret[];
  readonly sheet: RecoverySheet;
  /** Providers that have it already: confirming goes on where it was cut off. */
  readonly stored: Set<string>;
}

/** Turns encryption of the account's vaults on and off, unlocks and locks it. Every call may reject with `ChatVaultError`. */
export class EncryptionLife {
  readonly #injector: Injector;
  readonly #state: WritableSignal<EncryptionState>;
  readonly #clouds: ConnectedClouds;
  readonly #keys: HeldKeys;
  readonly #divided = new Map<string, boolean>();
  readonly #plain = new Map<string, PlainCount>();
  #prepared: Prepared | null = null;

  constructor(injector: Injector, state: WritableSignal<EncryptionState>, isKept: boolean) {
    this.#injector = injector;
    this.#state = state;
    this.#clouds = new ConnectedClouds(injector);
    this.#keys = new HeldKeys({ providerIds: this.#clouds.providerIds, isKept });
  }

  /** Opens what the keys of this device open. */
  get codec(): VaultCodec {
    return this.#keys.codec;
  }

  async recall(storage: ChatStorage): Promise<void> {
    const { keyring } = this.#keys;
    const before = new Set(keyring.keys.map(({ id }) => id));
    await this.#keys.recall(storage);
    if (keyring.keys.some(({ id }) => !before.has(id))) this.#clouds.noteUnlocked();
    this.#show();
  }

  createEngine(parts: ChatVaultEngineParts, create: EngineFactory): Engine {
    return new SealingEngine({
      parts,
      create,
      keys: this.#keys,
      providerIds: this.#clouds.providerIds,
      onJoined: ({ isDivided }) => {
        this.#divided.set(parts.cloud.providerId, isDivided);
        this.#show();
      },
      onWritten: (engine) => this.#count(parts.cloud.providerId, engine),
    });
  }

  /** Sealed files are opened with the keys of this device, and those that `secret` opens in the keyring beside them, which are not kept; a file without any is taken as it is. */
  async createPassingEngine(
    parts: ChatVaultEngineParts,
    create: EngineFactory,
    secret?: RecoverySecret,
  ): Promise<Engine> {
    if (!(await hasSealedFiles(parts))) return create(parts);
    if (!secret) return create({ ...parts, codec: this.codec });
    const held = this.#keys.keyring.keys;
    const { keys } = await unlockVault(parts, toVaultSecret(secret), held);
    const keyring = new VaultKeyring([...keys, ...held]);
    return create({ ...parts, codec: sealedCodec({ keyring }) });
  }

  /** Makes keys and a recovery code; nothing is written. */
  async prepare(passphrase: string): Promise<RecoverySheet> {
    await this.#clouds.inAll((place) => refuseEncrypted(place));
    return this.#prepare('turning-on', passphrase, createKeyring);
  }

  /**
   * Makes a key that writes from now on and a recovery code, and wraps them with all keys that the secrets open in any connected cloud; nothing is written. Clouds that are not
   * reached are told later.
   */
  async prepareRotation(
    current: readonly RecoverySecret[],
    passphrase: string | undefined,
  ): Promise<RecoverySheet> {
    const next = passphrase ?? current.flatMap(passphraseOf)[0];
    if (current.length === 0 || next === undefined) throw noPassphrase();
    const read: (readonly KeyringFile[])[] = [];
    const failed = await this.#clouds.tryAll(async (place) => {
      read.push(await readKeyring(place));
    });
    if (read.length === 0) throw failed[0];
    const change = (secrets: readonly VaultSecret[]) => ({
      current: current.map(toVaultSecret),
      next: secrets,
    });
    return this.#prepare('rotating', next, (secrets, options) =>
      rotateKeyring(read, change(secrets), options),
    );
  }

  async #prepare(
    state: Prepared['state'],
    passphrase: string,
    write: (secrets: readonly VaultSecret[], options: KeyringOptions) => Promise<WrittenKeyring>,
  ): Promise<RecoverySheet> {
    const recoveryCode = createRecoveryCode(this.#environment);
    const secrets: readonly VaultSecret[] = [
      { kind: 'passphrase', passphrase },
      { kind: 'recovery', code: recoveryCode },
    ];
    const account = await accountOf(this.#injector.get(CHAT_SYNC_CONFIG));
    const written = await write(secrets, { ...this.#keyringOptions, ...account });
    const clock = this.#injector.get(CHAT_SYNC_CLOCK);
    const groups = chooseGroups(recoveryCode, () => clock.random());
    const sheet = { recoveryCode, groups };
    this.#prepared = { state, written, secrets, sheet, stored: new Set() };
    this.#show();
    return sheet;
  }

  /** Writes the keyring to every connected cloud, reads it back, and only then seals with what is in it. */
  async confirm(typed: readonly string[]): Promise<void> {
    const prepared = this.#prepared;
    if (!prepared) throw notTurningOn();
    const { sheet, state } = prepared;
    checkGroups(sheet.recoveryCode, sheet.groups, typed);
    await (state === 'rotating' ? this.#storeRotated(prepared) : this.#storeFirst(prepared));
    if (this.#prepared === prepared) this.#prepared = null;
    this.#clouds.noteUnlocked();
    this.#show();
    await this.#clouds.syncAll();
  }

  /** Gives up what waits to be confirmed. */
  cancel(): void {
    this.#prepared = null;
    this.#show();
  }

  async #storeFirst(prepared: Prepared): Promise<void> {
    const { written, secrets, stored } = prepared;
    await this.#clouds.inAll(async (place, { providerId }) => {
      if (stored.has(providerId)) return;
      // Written before and not read back: the same file again is no other keyring.
      if (!prepared.stored.has(`${providerId}?`)) await refuseEncrypted(place);
      stored.add(`${providerId}?`);
      await storeKeyring(place, written, secrets);
      stored.add(providerId);
    });
    if (this.#prepared !== prepared) throw notTurningOn();
    await this.#adopt(written.keys, patchesFor(this.#clouds.wantedIds));
  }

  /**
   * One cloud that has the new files is enough to go on: others get them before anything is sealed there with the new key. Cut off before the key is kept here, nothing was
   * sealed with it, and the call may be repeated.
   */
  async #storeRotated(prepared: Prepared): Promise<void> {
    const { written, secrets, stored } = prepared;
    const failed = await this.#clouds.tryAll(async (place, { providerId }) => {
      if (stored.has(providerId)) return;
      await openOneFile(place, written.keys);
      await storeKeyring(place, written, secrets);
      stored.add(providerId);
    });
    if (stored.size === 0) throw failed[0];
    if (this.#prepared !== prepared) throw notTurningOn();
    const storage = await this.#clouds.storage();
    const known = this.#clouds.providerIds.filter((id) => this.#keys.memoryOf(id));
    for (const providerId of known)
      if (!stored.has(providerId))
        await noteOutdated({ storage, cloud: { providerId } }, written.replaced);
    const patches = patchesFor([...new Set([...known, ...this.#clouds.wantedIds])]);
    await this.#adopt(written.keys, patches);
  }

  /** Opens the keyring of every connected cloud; one that is not reached or not opened is told about by its next sync, when another one was. */
  async unlock(secret: RecoverySecret): Promise<void> {
    const patches = new Map<string, UnlockPatch>();
    const keys: VaultKey[] = [];
    const wasTurnedOff = this.#keys.isTurnedOff;
    const [failed] = await this.#clouds.tryAll(async (place, { providerId }) => {
      const held = this.#keys.keyring.keys;
      const opened = await unlockVault(place, toVaultSecret(secret), held);
      keys.push(...opened.keys);
      patches.set(providerId, { mode: 'on', isDue: wasTurnedOff || !opened.hasSealed });
    });
    if (keys.length === 0) throw failed;
    await this.#adopt(keys, patches);
    this.#prepared = null;
    this.#clouds.noteUnlocked();
    this.#show();
  }

  /** Forgets the keys on this device, and a set-up that was not confirmed. Where encryption was turned off they stay: nothing is secret about the rest. */
  async lock(): Promise<void> {
    this.#prepared = null;
    if (this.#keys.isOn) await this.#keys.lock(await this.#clouds.storage());
    this.#show();
  }

  /** Wraps the keys for another passphrase, in every connected cloud. */
  async changePassphrase(current: RecoverySecret, next: string): Promise<void> {
    const change = {
      current: toVaultSecret(current),
      next: { kind: 'passphrase', passphrase: next } as const,
    };
    // A new key that waits to be confirmed was wrapped for the old one.
    if (this.#prepared?.state === 'rotating') this.cancel();
    await this.#clouds.inAll((place) => changeVaultSecret(place, change, this.#keyringOptions));
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
    const storage = await this.#clouds.storage();
    await this.#clouds.inAll(async (place, { providerId }) => {
      const report = await drillRestore(place, toVaultSecret(secret), options);
      clouds.push({ providerId, ...report });
      // Where nothing that is encrypted was opened, nothing was proved.
      const isProved = report.ok && report.months.some(({ isSealed }) => isSealed);
      if (isProved && this.#keys.memoryOf(providerId))
        await this.#keys.write(storage, providerId, verifiedBy(secret, clock.now()));
    }, signal);
    this.#show();
    return { ok: clouds.every(({ ok }) => ok), clouds };
  }

  /** Plain files again, on this device; what is sealed stays readable here, as the keys stay. */
  async turnOff(secret: RecoverySecret): Promise<void> {
    const keys: VaultKey[] = [];
    await this.#clouds.inAll(async (place) => {
      keys.push(...(await unlockVault(place, toVaultSecret(secret))).keys);
    });
    const known = this.#clouds.providerIds.filter((id) => this.#keys.memoryOf(id));
    const all = new Set([...known, ...this.#clouds.wantedIds]);
    const off = { mode: 'off', isDue: true } as const;
    this.#prepared = null;
    await this.#adopt(keys, new Map([...all].map((providerId) => [providerId, off])));
    this.#clouds.noteUnlocked();
    this.#show();
    await this.#clouds.syncAll();
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
    patches: ReadonlyMap<string, UnlockPatch>,
  ): Promise<void> {
    await this.#keys.unlock(await this.#clouds.storage(), keys, patches);
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
    const { isOn, keyring, verified } = this.#keys;
    if (this.#prepared) {
      const { state, sheet } = this.#prepared;
      return { state, groups: sheet.groups };
    }
    if (!isOn) return { state: 'off' };
    if (keyring.isLocked) return { state: 'locked' };
    return {
      state: 'unlocked',
      ...plainLeft(this.#plain, this.#clouds.wantedIds),
      ...verified,
      isDivided: this.#clouds.wantedIds.some((id) => this.#divided.get(id)),
    };
  }
}

/** Encryption is on there, which is still to be told to the vault; the recovery code is a new one that nobody tried yet. */
const patchesFor = (providerIds: readonly string[]): ReadonlyMap<string, UnlockPatch> =>
  new Map(providerIds.map((id) => [id, { mode: 'on', isDue: true, ...NEVER_VERIFIED }]));

const passphraseOf = (secret: RecoverySecret): readonly string[] =>
  'passphrase' in secret ? [secret.passphrase] : [];

const noPassphrase = (): KeyringError =>
  new KeyringError(
    'unusable-passphrase',
    'chat-sync: give the present passphrase, or a new one with the recovery code',
  );

const notTurningOn = (): ChatSyncError =>
  new ChatSyncError(
    'not-turning-on',
    'chat-sync: no recovery code waits to be confirmed; call enableEncryption or rotateKeys first',
  );
