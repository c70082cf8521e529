import { FormatError, gzipCodec, jsonCodec, type VaultCodec } from '@chat-vault/core';
import {
  allLiveVaults,
  type Catalog,
  joinCatalogs,
  parseCatalog,
  sha256Hex,
} from '@chat-vault/core/format';
import { isSealedPath } from '../sealing/gate.js';
import { type VaultFile } from './listed-vault.js';

/** What is known of a file's bytes: that they are right, that they are not, or nothing. */
export type Verdict = 'whole' | 'broken' | 'unknown';

/**
 * What the names and the catalogs of a vault promise about its files. Once a sealed catalog was opened, plain ones say nothing against it: whoever owns the storage may
 * have put them there.
 */
export class VaultPromises {
  readonly #codec: VaultCodec | undefined;
  readonly #catalogs = new Map<string, Catalog>();
  readonly #seen = new Set<string>();
  readonly #digests = new Map<string, string>();
  readonly #sealedDigests = new Map<string, string>();

  constructor(codec: VaultCodec | undefined) {
    this.#codec = codec;
  }

  /** Learns from a catalog; one that does not decode says nothing. */
  async learn(file: VaultFile, bytes: Uint8Array): Promise<void> {
    this.#seen.add(file.path);
    const catalog = await this.#decode(file, bytes).catch(ignoreFormat);
    if (!catalog || !isOf(file, catalog)) return;
    this.#catalogs.set(file.path, catalog);
    const digests = isSealedPath(file.path) ? this.#sealedDigests : this.#digests;
    for (const vaults of Object.values(catalog.partitions)) {
      for (const vault of vaults) {
        digests.set(vault.path, vault.sha256);
        digests.set(vault.manifestPath, vault.manifestSha256);
      }
    }
  }

  /** Whether it has looked into that catalog. */
  hasSeen(file: VaultFile): boolean {
    return this.#seen.has(file.path);
  }

  /** The account of the newest catalog, when it is known. */
  get account(): string | undefined {
    const [newest] = [...this.#trusted()].sort((a, b) => b.generation - a.generation);
    return newest?.account;
  }

  /** Files that the current catalogs say are there. */
  namedFiles(): readonly string[] {
    const all = this.#trusted();
    const superseded = new Set(all.flatMap(({ parents, ancestors }) => [...parents, ...ancestors]));
    const join = joinCatalogs(all.filter(({ catalogId }) => !superseded.has(catalogId)));
    return [
      ...allLiveVaults(join).flatMap(({ vault }) => [vault.path, vault.manifestPath]),
      ...join.carried.map(({ path }) => path),
    ];
  }

  /** The sealed catalogs, all when none is sealed. */
  #trusted(): readonly Catalog[] {
    const sealed = [...this.#catalogs].filter(([path]) => isSealedPath(path));
    return [...(sealed.length > 0 ? sealed : this.#catalogs)].map(([, catalog]) => catalog);
  }

  /** Holds the bytes against what is promised of them. */
  async judge(file: VaultFile, bytes: Uint8Array): Promise<Verdict> {
    const { parsed, path } = file;
    if (parsed.kind === 'catalog') return this.#judgeCatalog(file, bytes);
    const listed = this.#sealedDigests.get(path) ?? this.#digests.get(path);
    const promised = parsed.kind === 'delta' ? parsed.digest : listed;
    if (promised === undefined) return 'unknown';
    return (await sha256Hex(bytes)).startsWith(promised) ? 'whole' : 'broken';
  }

  async #judgeCatalog(file: VaultFile, bytes: Uint8Array): Promise<Verdict> {
    try {
      const catalog = await this.#decode(file, bytes);
      if (!catalog) return 'unknown';
      return isOf(file, catalog) ? 'whole' : 'broken';
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return error.code === 'malformed' ? 'broken' : 'unknown';
    }
  }

  /** `undefined` for a sealed one without its key. @throws FormatError */
  async #decode({ parsed }: VaultFile, bytes: Uint8Array): Promise<Catalog | undefined> {
    const codec = [this.#codec, gzipCodec(), jsonCodec()].find(
      (one) => one?.extension === parsed.extension,
    );
    // Paths in it stay relative to the base folder, as everywhere here.
    return codec && parseCatalog(await codec.decode(bytes, { kind: 'catalog' }), { basePath: '' });
  }
}

const isOf = ({ parsed }: VaultFile, { catalogId, generation }: Catalog): boolean =>
  parsed.kind === 'catalog' && parsed.catalogId === catalogId && parsed.generation === generation;

const ignoreFormat = (error: unknown): undefined => {
  if (!(error instanceof FormatError)) throw error;
};
