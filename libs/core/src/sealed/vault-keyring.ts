import { compareVaultKeys, type VaultKey } from './vault-key.js';

/**
 * The vault keys that a device has at the moment: none while it is locked, several after a rotation or when two devices turned encryption
 * on at once. All of them read, one of them writes.
 */
export class VaultKeyring {
  #keys: readonly VaultKey[];

  constructor(keys: readonly VaultKey[] = []) {
    this.#keys = unite(keys);
  }

  /** The key that writes first. An app may store this list (in IndexedDB, never as text) to stay unlocked. */
  get keys(): readonly VaultKey[] {
    return this.#keys;
  }

  /** Whether there is no key, so that nothing sealed can be read or written. */
  get isLocked(): boolean {
    return this.#keys.length === 0;
  }

  /** The key that new files are sealed with: of the newest generation the one with the smallest id. */
  get writingKey(): VaultKey | undefined {
    return this.#keys[0];
  }

  /** The key with that id. */
  get(id: string): VaultKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** Adds keys; those that are here stay. */
  add(keys: readonly VaultKey[]): void {
    this.#keys = unite([...this.#keys, ...keys]);
  }

  /** Forgets all keys. */
  lock(): void {
    this.#keys = [];
  }
}

function unite(keys: readonly VaultKey[]): readonly VaultKey[] {
  const byId = new Map<string, VaultKey>();
  for (const key of [...keys].sort(compareVaultKeys)) if (!byId.has(key.id)) byId.set(key.id, key);
  return [...byId.values()];
}
