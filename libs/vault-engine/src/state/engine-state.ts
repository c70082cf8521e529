import { type ChatStorage, type SealedDelta } from '@chat-vault/chat-storage';
import { type Catalog, type CatalogJoin, EMPTY_JOIN } from '@chat-vault/core/format';
import { type Run } from '../run/run.js';
import { type EncryptionState } from '../sealing/gate.js';
import { type StoredPlan } from './stored-plan.js';

/** A current catalog, kept so that it need not be read again. */
export interface KnownHead {
  readonly catalog: Catalog;
  /** Server time of its file. */
  readonly modifiedAt: string;
  /** Whether its file was sealed. */
  readonly isSealed?: boolean;
}

/** What the catalogs said when they were last read. */
export interface KnownVault {
  readonly heads: Readonly<Record<string, KnownHead>>;
  /** Ids that a catalog we read names as parent or ancestor. */
  readonly named: readonly string[];
  readonly join: CatalogJoin;
}

/** A file that was uploaded, until a listing shows it with the right size. */
export interface RecentUpload {
  readonly vaultId: string;
  readonly path: string;
  readonly size: number;
  /** Unix milliseconds of this device. */
  readonly at: number;
}

/** When a file was first known to be superseded: by the server's clock (its catalog's file) and by ours. */
export interface SupersededSince {
  readonly catalogAt: string;
  readonly seenAt: number;
}

/** A file that did not decode; read again when it changed, else once a day. */
export interface DamagedFile {
  readonly size: number;
  readonly modifiedAt: string;
  readonly at: number;
  readonly reason: string;
}

/** The engine's documents in `SyncState.documents` (docs/sync-engine.md, "State per provider"). */
export interface EngineDocuments {
  /** Whether the store was put into the journal for this provider. */
  readonly isJournalled: boolean;
  readonly vault: KnownVault;
  readonly recent: readonly RecentUpload[];
  readonly plan: StoredPlan | null;
  readonly superseded: Readonly<Record<string, SupersededSince>>;
  readonly damaged: Readonly<Record<string, DamagedFile>>;
  /** Vault id of the delta that this device wrote last. */
  readonly previous: string | null;
  /** Ids of the files that the last listing showed. */
  readonly listed: {
    readonly deltas: readonly string[];
    readonly catalogs: readonly string[];
    /** How many of the deltas are not sealed; all when absent. */
    readonly plainDeltas?: number;
    /** Their bytes; 0 when absent. */
    readonly plainDeltaBytes?: number;
  };
  /** How many vaults no catalog named when this device first looked; `null` before it did. */
  readonly unnamed: number | null;
  /** Since when no catalog is listed although there should be one, Unix milliseconds. */
  readonly noCatalogSince: number | null;
  /** Vault ids (runs and carried deltas) that are referenced and were not found. */
  readonly missing: readonly string[];
  /** Superseded ids whose file a listing lacked, with the generation of the commit that noticed. */
  readonly gone: Readonly<Record<string, number>>;
  /** When each catalog was last listed, or first named by another, Unix milliseconds. */
  readonly catalogsSeen: Readonly<Record<string, number>>;
  /** Live vaults that a merge could not read, and when it tried, Unix milliseconds. */
  readonly unreadable: Readonly<Record<string, number>>;
  /** Live vaults whose manifest asks this version not to compact and not to remove. */
  readonly newer: readonly string[];
  /** Share of a vault's messages that may be left out, where it was counted. */
  readonly removable: Readonly<Record<string, number>>;
  /** Where this device is with the encryption of this vault. */
  readonly encryption: EncryptionState;
  /** Plain deltas of which this device wrote the records again, sealed. */
  readonly rescued: readonly string[];
  /** Vaults that this device wrote plain and never committed, with their months: the next sealed catalog names them as replaced. */
  readonly leftPlain: Readonly<Record<string, readonly string[]>>;
}

/** Everything known of a provider. */
export interface EngineState extends EngineDocuments {
  readonly confirmed: number;
  readonly sealed: SealedDelta | null;
  readonly applied: ReadonlySet<string>;
}

/** How long a catalog is remembered and named as an ancestor after it was last listed. */
export const CATALOG_MEMORY_MS = 30 * 24 * 60 * 60 * 1000;

const INITIAL_DOCUMENTS: EngineDocuments = {
  isJournalled: false,
  vault: { heads: {}, named: [], join: EMPTY_JOIN },
  recent: [],
  plan: null,
  superseded: {},
  damaged: {},
  previous: null,
  listed: { deltas: [], catalogs: [] },
  unnamed: null,
  noCatalogSince: null,
  missing: [],
  gone: {},
  catalogsSeen: {},
  unreadable: {},
  newer: [],
  removable: {},
  encryption: 'none',
  rescued: [],
  leftPlain: {},
};

/** The state of a provider; what was never stored has its initial value. */
export async function loadState(storage: ChatStorage, provider: string): Promise<EngineState> {
  const { confirmed, sealed, applied, documents } = await storage.syncState(provider);
  // Only this engine writes these documents, through `patchDocuments`.
  const stored = documents as Partial<EngineDocuments>;
  return { ...INITIAL_DOCUMENTS, ...stored, confirmed, sealed, applied: new Set(applied) };
}

/** Remembers what a run found missing, so that the next sync repairs it. */
export async function noteMissing(run: Pick<Run, 'storage' | 'provider' | 'tally'>): Promise<void> {
  const { missingIds } = run.tally;
  if (missingIds.size === 0) return;
  const { missing } = await loadState(run.storage, run.provider);
  const united = [...new Set([...missing, ...missingIds])];
  if (united.length > missing.length)
    await patchDocuments(run.storage, run.provider, { missing: united });
}

/** Stores some documents. */
export function patchDocuments(
  storage: ChatStorage,
  provider: string,
  patch: Partial<EngineDocuments>,
): Promise<void> {
  return storage.updateSyncState(provider, { documents: { ...patch } });
}
