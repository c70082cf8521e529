import { type KnownVault } from '../state/engine-state.js';

/**
 * Where this device is with the encryption of a vault: it met nothing sealed yet, it is turning encryption on, it takes only what is sealed, it is turning encryption
 * off, or it did so and takes both kinds. Only calls of this device move it; nothing that a cloud shows moves it away from `on`.
 */
export type EncryptionState = 'none' | 'turning-on' | 'on' | 'turning-off' | 'off';

/** Whether the file of that path is sealed. */
export const isSealedPath = (path: string): boolean => path.endsWith('.enc');

/** A file by its name, with the id that the name holds. */
interface NamedFile {
  readonly path: string;
  readonly id: string;
}

/**
 * Which files that are not sealed a device may use (docs/vault-format.md, "Encryption"). While it is closed only those that a sealed catalog names; what the storage's
 * owner put there is none of them, as nobody can make a sealed catalog without the key.
 */
export class Gate {
  #isClosed: boolean;
  #plain: ReadonlyMap<string, string> = new Map();
  #vault: KnownVault | undefined;

  constructor(isClosed: boolean) {
    this.#isClosed = isClosed;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** From now on plain files are not taken at their word. */
  close(): void {
    this.#isClosed = true;
  }

  /** Plain files are used like sealed ones: this device is turning encryption on. */
  open(): void {
    this.#isClosed = false;
  }

  /** Learns what the catalogs name. */
  learn(vault: KnownVault): void {
    this.#vault = vault;
    this.#plain = new Map((vault.join.plain ?? []).map(({ path, sha256 }) => [path, sha256]));
  }

  /** The digest that a plain delta must have; `undefined` for one that no sealed catalog names. */
  digestOf(path: string): string | undefined {
    return this.#plain.get(path);
  }

  /** Whether a delta may be read, or is known to be superseded. */
  admitsDelta({ path, id }: NamedFile): boolean {
    if (!this.#isClosed || isSealedPath(path) || this.#plain.has(path)) return true;
    return this.#vault !== undefined && Object.hasOwn(this.#vault.join.folded, id);
  }

  /** Whether a catalog may be read, or was read or named before. */
  admitsCatalog({ path, id }: NamedFile): boolean {
    if (!this.#isClosed || isSealedPath(path)) return true;
    return this.#vault !== undefined && knowsCatalog(this.#vault, id);
  }

  /** Whether a plain file is of a vault that was replaced: nobody tells its digest any more, so it only waits to be removed. */
  isSuperseded({ path, id }: NamedFile): boolean {
    if (!this.#isClosed || isSealedPath(path) || this.#vault === undefined) return false;
    return Object.hasOwn(this.#vault.join.replaced, id);
  }

  /** Whether the file of a month is one that a catalog lists as live or names as replaced. */
  admitsMonthFile({ path, id, partition }: NamedFile & { readonly partition: string }): boolean {
    if (!this.#isClosed || isSealedPath(path)) return true;
    if (this.#vault === undefined) return false;
    const { partitions, replaced } = this.#vault.join;
    if (Object.hasOwn(replaced, id)) return true;
    const live = partitions[partition]?.find(({ vaultId }) => vaultId === id);
    return live !== undefined && (live.path === path || live.manifestPath === path);
  }
}

const knowsCatalog = ({ heads, named }: KnownVault, id: string): boolean =>
  Object.hasOwn(heads, id) || named.includes(id);
