import { type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import {
  type ChatVault,
  type CodecContext,
  EMPTY_CONTENT,
  gzipCodec,
  mergeContents,
  type VaultCodec,
  type VaultContent,
} from '@chat-vault/core';
import {
  allLiveVaults,
  type Catalog,
  joinCatalogs,
  parseCatalog,
  parseManifest,
  parsePath,
  parseVault,
  sha256Hex,
} from '@chat-vault/core/format';

import { isSealedPath } from '../sealing/gate.js';

/**
 * Reads everything that a cloud holds by the rules of the format alone, without the engine and without a device: the yardstick of the invariants. Files are
 * immutable, so what was decoded once is kept.
 */
export class CloudReader {
  readonly #cloud: MemoryCloud;
  readonly #decoded = new Map<Uint8Array, unknown>();
  readonly #codecs: readonly VaultCodec[];

  constructor(cloud: MemoryCloud, sealing?: VaultCodec) {
    this.#cloud = cloud;
    this.#codecs = sealing ? [gzipCodec(), sealing] : [gzipCodec()];
  }

  /** What a reader can know now; damaged and missing files are left out. With `sealedOnly`, plain ones too that no sealed catalog names; and the file `without`. */
  async content({ sealedOnly = false, without = '' } = {}): Promise<VaultContent> {
    const catalogs = await this.#currentCatalogs(sealedOnly, without);
    const join = joinCatalogs(catalogs);
    const plain = new Map((join.plain ?? []).map((one) => [fullPath(one.path), one.sha256]));
    const contents: VaultContent[] = [{ ...EMPTY_CONTENT, cleared: join.cleared }];
    for (const { vault } of allLiveVaults(join))
      if (![vault.path, vault.manifestPath].some((path) => fullPath(path) === without))
        contents.push(
          ...(await this.#segments(fullPath(vault.path), fullPath(vault.manifestPath))),
        );
    for (const { path } of this.#cloud.files('chat-vault/deltas')) {
      if (path === without) continue;
      const parsed = parsePath('chat-vault', path);
      if (parsed?.kind !== 'delta' || Object.hasOwn(join.folded, parsed.vaultId)) continue;
      if (sealedOnly && !isSealedPath(path)) {
        const bytes = this.#cloud.peek(path);
        if (!bytes || plain.get(path) !== (await sha256Hex(bytes))) continue;
      }
      const delta = await this.#read(path, 'delta', (json) => parseVault(json));
      if (delta) contents.push(delta);
    }
    return mergeContents(contents);
  }

  /** What a delta or the vault of a month holds, whether a reader would look at it or not. */
  async contentsOf(path: string): Promise<readonly VaultContent[]> {
    const kind = parsePath('chat-vault', path)?.kind;
    if (kind === 'vault')
      return this.#segments(path, path.replace('/chat_vault_', '/chat_manifest_'));
    const delta = kind === 'delta' && (await this.#read(path, kind, (json) => parseVault(json)));
    return delta ? [delta] : [];
  }

  async #currentCatalogs(sealedOnly: boolean, without: string): Promise<readonly Catalog[]> {
    const catalogs: Catalog[] = [];
    for (const { path } of this.#cloud.files('chat-vault/catalogs')) {
      if (path === without || (sealedOnly && !isSealedPath(path))) continue;
      const catalog = await this.#read(path, 'catalog', (json) => parseCatalog(json));
      if (catalog) catalogs.push(catalog);
    }
    const named = new Set(catalogs.flatMap(({ parents, ancestors }) => [...parents, ...ancestors]));
    return catalogs.filter(({ catalogId }) => !named.has(catalogId));
  }

  async #segments(path: string, manifestPath: string): Promise<readonly ChatVault[]> {
    const manifest = await this.#read(manifestPath, 'manifest', (json) => parseManifest(json));
    const bytes = this.#cloud.peek(path);
    if (!manifest || !bytes) return [];
    const known = this.#decoded.get(bytes) as readonly ChatVault[] | undefined;
    if (known) return known;
    const segments: ChatVault[] = [];
    for (const { offset, length } of manifest.segments)
      try {
        const json = await this.#codecOf(path).decode(bytes.subarray(offset, offset + length), {
          kind: 'segment',
          partition: manifest.partition,
        });
        segments.push(parseVault(json));
      } catch {
        // Damaged: nobody can read it.
      }
    this.#decoded.set(bytes, segments);
    return segments;
  }

  #codecOf(path: string): VaultCodec {
    return this.#codecs.find(({ extension }) => path.endsWith(extension)) ?? gzipCodec();
  }

  async #read<Value>(
    path: string,
    kind: CodecContext['kind'],
    parse: (json: unknown) => Value,
  ): Promise<Value | undefined> {
    const bytes = this.#cloud.peek(path);
    if (!bytes) return undefined;
    if (this.#decoded.has(bytes)) return this.#decoded.get(bytes) as Value | undefined;
    let value: Value | undefined;
    try {
      value = parse(await this.#codecOf(path).decode(bytes, { kind }));
    } catch {
      value = undefined;
    }
    this.#decoded.set(bytes, value);
    return value;
  }
}

/** Paths in catalogs are relative to the base. */
const fullPath = (path: string): string => `chat-vault/${path}`;
