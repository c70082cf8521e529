import { type ChatStorage } from '@chat-vault/chat-storage';
import { type Lease, type LeaseStore } from './provider-lock.js';

/** Name of the lease among the documents of the provider. */
export const LEASE_DOCUMENT = 'file:lease';

/** A lease kept in the local storage, which all tabs of the database share. */
export function storedLease(storage: ChatStorage, provider: string): LeaseStore {
  return {
    read: async () => parseLease(await storage.document(provider, LEASE_DOCUMENT)),
    write: (lease) => storage.updateSyncState(provider, { documents: { [LEASE_DOCUMENT]: lease } }),
  };
}

function parseLease(value: unknown): Lease | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { holder, at } = value as Partial<Lease>;
  return typeof holder === 'string' && typeof at === 'number' && at > 0
    ? { holder, at }
    : undefined;
}
