import { type ChatStorage } from '@chat-vault/chat-storage';
import { type VaultCodec } from '@chat-vault/core';
import { sealedCodec, VaultKeyring, type VaultKey } from '@chat-vault/core/sealed';
import {
  type DrillMemory,
  ENCRYPTION_DOCUMENT,
  type EncryptionMemory,
  NEVER_VERIFIED,
  parseEncryptionMemory,
} from './encryption-memory';

const NOTHING: EncryptionMemory = {
  mode: 'off',
  keys: [],
  isDue: false,
  locks: 0,
  ...NEVER_VERIFIED,
};

/** What unlocking changes of what is kept of a provider. */
export type UnlockPatch = Pick<EncryptionMemory, 'mode' | 'isDue'> & Partial<DrillMemory>;

/** The keys of the account on this device, the same for all clouds, and what is kept of them in the document of each provider. */
export class HeldKeys {
  readonly keyring = new VaultKeyring();
  readonly codec: VaultCodec = sealedCodec({ keyring: this.keyring });
  readonly #memories = new Map<string, EncryptionMemory>();
  readonly #providerIds: readonly string[];
  readonly #isKept: boolean;
  #locks = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: { readonly providerIds: readonly string[]; readonly isKept: boolean }) {
    this.#providerIds = parts.providerIds;
    this.#isKept = parts.isKept;
  }

  /** Whether what is written is to be sealed: one vault of the account is. */
  get isOn(): boolean {
    return [...this.#memories.values()].some(({ mode }) => mode === 'on');
  }

  /** Whether encryption was turned off here and the keys are kept for what is still sealed. */
  get isTurnedOff(): boolean {
    return !this.isOn && !this.keyring.isLocked;
  }

  /** How often this device was locked. */
  get locks(): number {
    return this.#locks;
  }

  /** Of the provider whose last success is the oldest; nothing where one of the encrypted ones was never checked. */
  get verified() {
    const encrypted = [...this.#memories.values()].filter(({ mode }) => mode === 'on');
    const oldest = (time: (memory: DrillMemory) => number | null) =>
      encrypted.toSorted((a, b) => (time(a) ?? 0) - (time(b) ?? 0))[0] ?? NEVER_VERIFIED;
    const { verifiedAt, verifiedWith } = oldest((memory) => memory.verifiedAt);
    const { recoveryVerifiedAt } = oldest((memory) => memory.recoveryVerifiedAt);
    return {
      verifiedAt: toDate(verifiedAt),
      verifiedWith,
      recoveryVerifiedAt: toDate(recoveryVerifiedAt),
    };
  }

  /** Of one provider; `undefined` when nothing is kept of it. */
  memoryOf(providerId: string): EncryptionMemory | undefined {
    return this.#memories.get(providerId);
  }

  /** Reads what is kept; another tab may have unlocked or locked. */
  recall(storage: ChatStorage): Promise<void> {
    return this.#inTurn(() => this.#recall(storage));
  }

  /** Adds keys and keeps them, with what is to be done for each provider. */
  unlock(
    storage: ChatStorage,
    keys: readonly VaultKey[],
    patches: ReadonlyMap<string, UnlockPatch>,
  ): Promise<void> {
    return this.#inTurn(async () => {
      await this.#recall(storage);
      this.keyring.add(keys);
      // Keys of one vault open what another one has from it.
      for (const providerId of new Set([...patches.keys(), ...this.#memories.keys()]))
        await this.#write(storage, providerId, patches.get(providerId) ?? {});
    });
  }

  /** Forgets the keys, here and in the other tabs. */
  lock(storage: ChatStorage): Promise<void> {
    this.keyring.lock();
    return this.#inTurn(async () => {
      await this.#recall(storage);
      this.keyring.lock();
      this.#locks += 1;
      for (const providerId of [...this.#memories.keys()])
        await this.#write(storage, providerId, {});
    });
  }

  /** Changes what is kept of a provider. */
  write(
    storage: ChatStorage,
    providerId: string,
    patch: Partial<Pick<EncryptionMemory, 'mode' | 'isDue'> & DrillMemory>,
  ): Promise<void> {
    return this.#inTurn(() => this.#write(storage, providerId, patch));
  }

  async #recall(storage: ChatStorage): Promise<void> {
    const read = await Promise.all(
      this.#providerIds.map(async (providerId) => {
        const document = await storage.document(providerId, ENCRYPTION_DOCUMENT);
        return [providerId, parseEncryptionMemory(document)] as const;
      }),
    );
    this.#memories.clear();
    for (const [providerId, memory] of read) if (memory) this.#memories.set(providerId, memory);
    const memories = [...this.#memories.values()];
    const locks = Math.max(0, ...memories.map((memory) => memory.locks));
    if (this.#isKept || locks > this.#locks) this.keyring.lock();
    this.#locks = locks;
    // What was kept before the last locking does not count.
    this.keyring.add(memories.flatMap((memory) => (memory.locks === locks ? memory.keys : [])));
  }

  async #write(
    storage: ChatStorage,
    providerId: string,
    patch: Partial<EncryptionMemory>,
  ): Promise<void> {
    const stored = parseEncryptionMemory(await storage.document(providerId, ENCRYPTION_DOCUMENT));
    if (stored && stored.locks > this.#locks) {
      // Another tab locked since: that is not undone.
      this.keyring.lock();
      this.#locks = stored.locks;
    }
    // Another tab may have got a new key since: that is not lost.
    if (this.#isKept && stored?.locks === this.#locks) this.keyring.add(stored.keys);
    const memory: EncryptionMemory = {
      ...NOTHING,
      ...stored,
      ...patch,
      keys: this.#isKept ? this.keyring.keys : [],
      locks: this.#locks,
    };
    await storage.updateSyncState(providerId, { documents: { [ENCRYPTION_DOCUMENT]: memory } });
    this.#memories.set(providerId, memory);
  }

  /** One after the other: keys that were added and are not stored yet would be lost by reading what is. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

const toDate = (time: number | null): Date | null => (time === null ? null : new Date(time));
