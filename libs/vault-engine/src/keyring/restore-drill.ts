import { type ByteRange, CloudError } from '@chat-vault/cloud-storage';
import { FormatError, gzipCodec, jsonCodec, partitionOf, type VaultCodec } from '@chat-vault/core';
import {
  type Catalog,
  type CatalogJoin,
  type CatalogVault,
  isSealedExtension,
  joinCatalogs,
  parseCatalog,
  parseManifest,
  parsePath,
  parseVault,
  sha256Hex,
} from '@chat-vault/core/format';
import { sealedCodec, VaultKeyring, type VaultSecret } from '@chat-vault/core/sealed';
import { ALLOWED_BYTES } from '../cloud/file-limit.js';
import { defaultEnvironment } from '../default-environment.js';
import { listSealed, openFolder, readKeyringFolder } from './keyring-folder.js';
import { baseOf, callsOf, type KeyringPlace } from './keyring-place.js';

/** Deltas that no catalog has folded, of which at most so many are opened. */
const MAX_DELTAS = 32;

/** How a month fared when it was opened with nothing but a secret. */
export interface DrilledMonth {
  /** `2024-01`. */
  readonly month: string;
  readonly ok: boolean;
  /** Whether the file that was opened is encrypted; older ones may not be yet. */
  readonly isSealed: boolean;
  /** Why it could not be opened: a code of `FormatError` or `CloudError`. */
  readonly reason?: string;
}

/** What a restore drill found, the oldest month first. */
export interface DrillReport {
  readonly ok: boolean;
  readonly months: readonly DrilledMonth[];
  /** Sealed catalogs and deltas that could not be opened. */
  readonly unreadable: readonly string[];
}

/** How a drill goes on. */
export interface DrillOptions {
  readonly onProgress?: (progress: {
    readonly monthsDone: number;
    readonly monthsTotal: number;
    readonly last: DrilledMonth | null;
  }) => void;
  /** Chooses the file of a month: from 0 up to but not 1. Default: the platform's. */
  readonly random?: () => number;
}

/**
 * Opens one file of each month with nothing but a secret and the cloud, as a new device would: whether a person who loses all devices gets
 * the history back. Uses nothing that this device knows, and writes nothing.
 *
 * @throws KeyringError as `openKeyring`; CloudError when the vault cannot be reached
 */
export async function drillRestore(
  place: KeyringPlace,
  secret: VaultSecret,
  { onProgress, random = defaultEnvironment().random }: DrillOptions = {},
): Promise<DrillReport> {
  const { keys } = await openFolder(place, await readKeyringFolder(place), secret);
  const drill = new Drill(place, sealedCodec({ keyring: new VaultKeyring(keys) }), random);
  const { join, deltas } = await drill.readHeads();
  const known = Object.keys(join.partitions).sort();
  const months = new Map<string, DrilledMonth>();
  for (const [index, month] of known.entries()) {
    onProgress?.({
      monthsDone: index,
      monthsTotal: known.length,
      last: months.get(known[index - 1] ?? '') ?? null,
    });
    months.set(month, await drill.openMonth(month, join.partitions[month] ?? []));
  }
  for (const path of deltas.slice(0, MAX_DELTAS))
    for (const month of await drill.openDelta(path))
      if (!months.has(month)) months.set(month, { month, ok: true, isSealed: true });
  if (drill.hasNoIndex)
    for (const month of await drill.lostMonths())
      if (!months.has(month.month)) months.set(month.month, month);
  const all = [...months.values()].sort((a, b) => (a.month < b.month ? -1 : 1));
  onProgress?.({ monthsDone: all.length, monthsTotal: all.length, last: all.at(-1) ?? null });
  const { unreadable } = drill;
  return { ok: unreadable.length === 0 && all.every(({ ok }) => ok), months: all, unreadable };
}

class Drill {
  readonly unreadable: string[] = [];
  /** Whether no catalog could be opened: nothing says then which files of the months count. */
  hasNoIndex = true;
  readonly #place: KeyringPlace;
  readonly #sealed: VaultCodec;
  readonly #random: () => number;

  constructor(place: KeyringPlace, sealed: VaultCodec, random: () => number) {
    this.#place = place;
    this.#sealed = sealed;
    this.#random = random;
  }

  /** What the sealed catalogs say that no other one superseded, and the sealed deltas that none of them folded, the newest first. */
  async readHeads(): Promise<{ readonly join: CatalogJoin; readonly deltas: readonly string[] }> {
    const catalogs: Catalog[] = [];
    const named = new Set<string>();
    const deltas: { readonly path: string; readonly id: string }[] = [];
    for (const { path } of await listSealed(this.#place)) {
      const parsed = parsePath(this.#base, path);
      if (parsed?.kind === 'delta') deltas.push({ path, id: parsed.vaultId });
      if (parsed?.kind !== 'catalog' || named.has(parsed.catalogId)) continue;
      try {
        const json = await this.#sealed.decode(await this.#read(path), { kind: 'catalog' });
        const catalog = parseCatalog(json, { basePath: this.#base });
        for (const id of [...catalog.parents, ...catalog.ancestors]) named.add(id);
        catalogs.push(catalog);
        this.hasNoIndex = false;
      } catch (error) {
        this.#note(path, error);
      }
    }
    const join = joinCatalogs(catalogs.filter(({ catalogId }) => !named.has(catalogId)));
    const isOpen = ({ id }: { readonly id: string }) => !Object.hasOwn(join.folded, id);
    return { join, deltas: deltas.filter(isOpen).map(({ path }) => path) };
  }

  async openMonth(month: string, vaults: readonly CatalogVault[]): Promise<DrilledMonth> {
    const vault = this.#choose(vaults);
    if (!vault) return { month, ok: true, isSealed: false };
    const isSealed = isSealedExtension(vault.path);
    try {
      await this.#openVault(month, vault);
      return { month, ok: true, isSealed };
    } catch (error) {
      return { month, ok: false, isSealed, reason: reasonOf(error) };
    }
  }

  /** Months of which there are files. */
  async lostMonths(): Promise<readonly DrilledMonth[]> {
    const { cloud } = this.#place;
    const months = new Map<string, DrilledMonth>();
    for (const year of await cloud.listFolders(this.#base, callsOf(this.#place)))
      for (const { path } of await cloud.list(`${this.#base}/${year}`, callsOf(this.#place))) {
        const parsed = parsePath(this.#base, path);
        if (parsed?.kind !== 'vault' && parsed?.kind !== 'manifest') continue;
        const isSealed = isSealedExtension(path);
        const month = parsed.partition;
        months.set(month, { month, ok: false, isSealed, reason: 'not-found' });
      }
    return [...months.values()];
  }

  /** The months of its records. */
  async openDelta(path: string): Promise<readonly string[]> {
    try {
      const json = await this.#sealed.decode(await this.#read(path), { kind: 'delta' });
      const { messages, tombstones, reactions } = parseVault(json);
      const records = [...messages, ...tombstones, ...reactions];
      return [...new Set(records.map(({ sentTimestamp }) => partitionOf(sentTimestamp)))];
    } catch (error) {
      this.#note(path, error);
      return [];
    }
  }

  async #openVault(month: string, vault: CatalogVault): Promise<void> {
    const bytes = await this.#read(vault.manifestPath, ALLOWED_BYTES);
    await checkDigest(bytes, vault.manifestSha256);
    const json = await this.#codecOf(vault.manifestPath).decode(bytes, { kind: 'manifest' });
    const segment = this.#choose(parseManifest(json, { basePath: this.#base }).segments);
    if (!segment) return;
    const { offset, length, sha256 } = segment;
    const part = await this.#read(vault.path, { offset, length });
    await checkDigest(part, sha256);
    const context = { kind: 'segment', partition: month } as const;
    parseVault(await this.#codecOf(vault.path).decode(part, context), { partition: month });
  }

  get #base(): string {
    return baseOf(this.#place);
  }

  #read(path: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#place.cloud.read(path, { ...callsOf(this.#place), ...(range && { range }) });
  }

  #codecOf(path: string): VaultCodec {
    if (isSealedExtension(path)) return this.#sealed;
    return path.endsWith('.gz') ? gzipCodec() : jsonCodec();
  }

  #choose<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  #note(path: string, error: unknown): void {
    reasonOf(error);
    this.unreadable.push(path);
  }
}

async function checkDigest(bytes: Uint8Array, sha256: string): Promise<void> {
  if ((await sha256Hex(bytes)) === sha256) return;
  throw new FormatError('digest-mismatch', 'vault-engine: a file is not what its index says');
}

/** The code of a failure of one file; one of the cloud as a whole ends the drill. */
function reasonOf(error: unknown): string {
  if (error instanceof FormatError) return error.code;
  if (error instanceof CloudError && error.code === 'not-found') return error.code;
  throw error;
}
