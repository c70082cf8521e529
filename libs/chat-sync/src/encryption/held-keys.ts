import { type ChatStorage } from '@chat-vault/chat-storage';
import { type VaultCodec } from '@chat-vault/core';
import { sealedCodec, VaultKeyring, type VaultKey } from '@chat-vault/core/sealed';
import {
  ENCRYPTION_DOCUMENT,
  type EncryptionMemory,
  parseEncryptionMemory,
} from './encryption-memory';

const NOTHING: EncryptionMemory = {
  mode: 'off',
  keys: [],
  isDue: false,
  locks: 0,
  verifiedAt: null,
};

/** The keys of the account on this device, the same for all clouds, and what is kept of them in the document of each provider. */
export class HeldKeys {
  readonly keyring = new VaultKeyring();
  readonly codec: VaultCodec = sealedCodec({ keyring: this.keyring });
  readonly #memories = new Map<string, EncryptionMemory>();
  readonly #providerIds: readonly string[];
  readonly #isKept: boolean;
  #locks = 0;

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

  /** The oldest time of all providers that have one; `null` when one of the encrypted ones was never checked. */
  get verifiedAt(): number | null {
    const times = [...this.#memories.values()].flatMap(({ mode, verifiedAt }) =>
      mode === 'on' ? [verifiedAt] : [],
    );
    return times.length === 0 || times.includes(null) ? null : Math.min(...times.map(Number));
  }

  /** Of one provider; `undefined` when nothing is kept of it. */
  memoryOf(providerId: string): EncryptionMemory | undefined {
    return this.#memories.get(providerId);
  }

  /** Reads what is kept; another tab may have unlocked or locked. */
  async recall(storage: ChatStorage): Promise<void> {
    const read = await Promise.all(
      this.#providerIds.map(async (providerId) => {
        const document = await storage.document(providerId, ENCRYPTION_DOCUMENT);
        return [providerId, parseEncryptionMemory(document)] as const;
      }),
    );
    this.#memories.clear();
    for (const [providerId, memory] of read) if (memory) this.#memories.set(providerId, memory);
    const locks = Math.max(0, ...[...this.#memories.values()].map((memory) => memory.locks));
    if (this.#isKept || locks > this.#locks) this.keyring.lock();
    this.#locks = locks;
    this.keyring.add([...this.#memories.values()].flatMap(({ keys }) => keys));
  }

  /** Adds keys and keeps them, with what is to be done for each provider. */
  async unlock(
    storage: ChatStorage,
    keys: readonly VaultKey[],
    patches: ReadonlyMap<string, Pick<EncryptionMemory, 'mode' | 'isDue'>>,
  ): Promise<void> {
    this.keyring.add(keys);
    for (const [providerId, patch] of patches) await this.write(storage, providerId, patch);
    // Keys of one vault open what another one has from it.
    for (const providerId of this.#memories.keys())
      if (!patches.has(providerId)) await this.write(storage, providerId, {});
  }

  /** Forgets the keys, here and in the other tabs. */
  async lock(storage: ChatStorage): Promise<void> {
    this.keyring.lock();
    this.#locks += 1;
    for (const providerId of [...this.#memories.keys()]) await this.write(storage, providerId, {});
  }

  /** Changes what is kept of a provider. */
  async write(
    storage: ChatStorage,
    providerId: string,
    patch: Partial<Pick<EncryptionMemory, 'mode' | 'isDue' | 'verifiedAt'>>,
  ): Promise<void> {
    const memory: EncryptionMemory = {
      ...NOTHING,
      ...this.#memories.get(providerId),
      ...patch,
      keys: this.#isKept ? this.keyring.keys : [],
      locks: this.#locks,
    };
    this.#memories.set(providerId, memory);
    await storage.updateSyncState(providerId, { documents: { [ENCRYPTION_DOCUMENT]: memory } });
  }
}
