import { describe, expect, it } from 'vitest';
import { CloudError } from '@chat-vault/cloud-storage';
import { type ProviderState } from '../sync/provider-state';
import { persistenceOf } from './persistence';

const words = { message: '', hint: '' };
const backedUp: ProviderState = {
  providerId: 'a',
  displayName: 'A',
  isConfigured: true,
  isConnected: true,
  isConnecting: false,
  isSyncing: false,
  status: { state: 'idle', ...words },
  progress: null,
  pendingChanges: 0,
  lastSyncedAt: new Date(0),
  warnings: [],
};
const error = new CloudError('unauthorized', '');
const gone: ProviderState = { ...backedUp, status: { state: 'sync-error', error, ...words } };
const signedOut: ProviderState = {
  ...backedUp,
  status: { state: 'auth-error', canReconnect: true, error, ...words },
};

describe('persistenceOf', () => {
  it.each<readonly [string, readonly ProviderState[], string]>([
    ['no cloud', [], 'unbacked'],
    ['a cloud that has everything', [backedUp], 'evictable'],
    ['a cloud that was disconnected', [{ ...backedUp, isConnected: false }], 'unbacked'],
    ['a cloud that was never synced', [{ ...backedUp, lastSyncedAt: null }], 'unbacked'],
    ['pending changes', [{ ...backedUp, pendingChanges: 1 }], 'unbacked'],
    ['a cloud whose files are gone', [gone], 'unbacked'],
    ['a cloud that only waits for a sign-in', [signedOut], 'evictable'],
    [
      'one of two clouds that has everything',
      [{ ...backedUp, pendingChanges: 3 }, backedUp],
      'evictable',
    ],
  ])('with %s', (_name, providers, expected) => {
    expect(persistenceOf(false, providers)).toBe(expected);
    expect(persistenceOf(true, providers)).toBe('safe');
  });
});
