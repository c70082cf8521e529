import { type SyncProgress, type SyncWarning } from '@chat-vault/vault-engine';
import { type ChatSyncStatus } from '../status/chat-sync-status';

/** One cloud of the application, as a settings page shows it. */
export interface ProviderState {
  readonly providerId: string;
  /** What a person calls it. */
  readonly displayName: string;
  /** Whether its settings are there, so that it can be connected. */
  readonly isConfigured: boolean;
  /** Whether the person connected it; stays so over restarts and failures, until it is disconnected. */
  readonly isConnected: boolean;
  /** Whether it is being opened or signed in to. */
  readonly isConnecting: boolean;
  /** Whether a run with it is under way. */
  readonly isSyncing: boolean;
  readonly status: ChatSyncStatus;
  /** Of the run under way. */
  readonly progress: SyncProgress | null;
  /** Changes on this device that it does not have yet. */
  readonly pendingChanges: number;
  /** When a sync with it last succeeded, on this device. */
  readonly lastSyncedAt: Date | null;
  /** What the last run found strange. */
  readonly warnings: readonly SyncWarning[];
}

/** What is kept of a provider in the storage of this device, under `MEMORY_DOCUMENT`. */
export interface ProviderMemory {
  readonly isConnected: boolean;
  /** Unix ms. */
  readonly lastSyncedAt: number | null;
  readonly location: string | null;
  readonly remembered: unknown;
}

/** Name of the document of `SyncState.documents` that belongs to the facade. */
export const MEMORY_DOCUMENT = 'chat-sync';

/** Documents that stay when all else that is known of a provider is forgotten: that a vault is encrypted, or one would write plain files again. */
export const ENCRYPTION_DOCUMENTS: readonly string[] = ['chat-sync:encryption', 'keyring'];

/** The memory of a provider that was never connected. */
export const NO_MEMORY: ProviderMemory = {
  isConnected: false,
  lastSyncedAt: null,
  location: null,
  remembered: undefined,
};

/** What a stored document says; anything else is as if nothing were stored. */
export function parseProviderMemory(document: unknown): ProviderMemory {
  if (typeof document !== 'object' || document === null) return NO_MEMORY;
  const { isConnected, lastSyncedAt, location, remembered } = document as Record<string, unknown>;
  return {
    isConnected: isConnected === true,
    lastSyncedAt: typeof lastSyncedAt === 'number' ? lastSyncedAt : null,
    location: typeof location === 'string' ? location : null,
    remembered,
  };
}
