import { StorageError, type StorageErrorCode } from '@chat-vault/chat-storage';
import { CloudError, type CloudErrorCode } from '@chat-vault/cloud-storage';
import { type ChatVaultError, FormatError } from '@chat-vault/core';
import { EngineError } from '@chat-vault/vault-engine';
import { describe, expect, it } from 'vitest';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type ChatSyncStatus } from './chat-sync-status';
import { statusOfError } from './status-of-error';

const context = { providerId: 'webdav', displayName: 'My server', isOnline: true, now: 1_000 };
const cloudError = (code: CloudErrorCode) => new CloudError(code, 'from the cloud');
const storageError = (code: StorageErrorCode) => new StorageError(code, 'from the storage');

const table: readonly (readonly [ChatVaultError, ChatSyncStatus['state']])[] = [
  [cloudError('unauthorized'), 'auth-error'],
  [cloudError('rate-limited'), 'throttled'],
  [cloudError('quota-exceeded'), 'cloud-full'],
  [cloudError('offline'), 'connection-error'],
  [cloudError('unavailable'), 'connection-error'],
  [cloudError('forbidden'), 'connection-error'],
  [cloudError('conflict'), 'sync-error'],
  [cloudError('invalid'), 'sync-error'],
  [cloudError('not-found'), 'sync-error'],
  [cloudError('aborted'), 'sync-error'],
  [storageError('storage-full'), 'storage-full'],
  [storageError('storage-closed'), 'sync-error'],
  [storageError('upgrade-blocked'), 'sync-error'],
  [storageError('invalid-message'), 'sync-error'],
  [new EngineError('upgrade-required', ''), 'upgrade-required'],
  [new EngineError('foreign-vault', ''), 'sync-error'],
  [new EngineError('lock-lost', ''), 'sync-error'],
  [new FormatError('upgrade-required', ''), 'upgrade-required'],
  [new ChatSyncError('vault-emptied', ''), 'sync-error'],
  [new ChatSyncError('not-configured', ''), 'connection-error'],
  [new ChatSyncError('unexpected', ''), 'sync-error'],
];

describe('statusOfError', () => {
  it.each(table)('gives $name $code the state %s', (error, state) => {
    const status = statusOfError(error, context);
    expect(status).toMatchObject({ state, error });
    expect(status.message).toMatch(/\.$/);
    expect(status.hint).toMatch(/\.$/);
  });

  it('tells a device without network from a service that does not answer', () => {
    expect(statusOfError(cloudError('offline'), { ...context, isOnline: false }).state).toBe(
      'offline',
    );
  });

  describe('of a refused sign-in', () => {
    const refusedFolder = (permission: PermissionState) =>
      new CloudError('unauthorized', '', { details: { permission } });

    it('offers to reconnect, as a click can sign in or give permission again', () => {
      expect(statusOfError(cloudError('unauthorized'), context)).toMatchObject({
        state: 'auth-error',
        canReconnect: true,
        message: 'My server asks for a new sign-in.',
        hint: 'Reconnect; nothing pending is lost.',
      });
      expect(statusOfError(refusedFolder('prompt'), context)).toMatchObject({
        canReconnect: true,
        message: 'The browser asks for permission for My server again.',
      });
    });

    it('does not where only other settings help', () => {
      const fixed = { ...context, hasFixedSignIn: true };
      expect(statusOfError(cloudError('unauthorized'), fixed)).toMatchObject({
        state: 'auth-error',
        canReconnect: false,
        hint: 'Enter a password or keys that are valid; nothing pending is lost.',
      });
      expect(statusOfError(refusedFolder('denied'), context)).toMatchObject({
        canReconnect: false,
        message: 'The browser keeps this page out of My server.',
      });
    });
  });

  it('says until when a service is left alone, a minute when it did not say', () => {
    const told = new CloudError('rate-limited', '', { retryAfterMs: 7_000 });
    expect(statusOfError(told, context)).toMatchObject({ until: new Date(8_000) });
    expect(statusOfError(cloudError('rate-limited'), context)).toMatchObject({
      until: new Date(61_000),
    });
    const resting = new CloudError('unavailable', '', { retryAfterMs: 9_000 });
    expect(statusOfError(resting, context)).toMatchObject({
      state: 'throttled',
      until: new Date(10_000),
      message: 'My server is not available at the moment.',
      hint: 'Syncing goes on by itself.',
    });
  });
});
