import { describe, expect, it } from 'vitest';
import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatSyncStatus, needsPerson, worstStatus } from './chat-sync-status';

const words = { message: '', hint: '' };
const error = new CloudError('offline', '');
const idle: ChatSyncStatus = { state: 'idle', ...words };
const syncing: ChatSyncStatus = { state: 'syncing', providerId: 'a', ...words };
const offline: ChatSyncStatus = { state: 'offline', error, ...words };
const signedOut: ChatSyncStatus = { state: 'auth-error', canReconnect: true, error, ...words };

describe('worstStatus', () => {
  it('prefers what needs a person over what passes', () => {
    expect(worstStatus([idle, signedOut, offline, syncing])).toBe(signedOut);
    expect(worstStatus([idle, syncing])).toBe(syncing);
  });

  it('keeps the first of equally bad ones', () => {
    const other: ChatSyncStatus = { ...offline };
    expect(worstStatus([offline, other])).toBe(offline);
  });

  it('is undefined when there are none', () => {
    expect(worstStatus([])).toBeUndefined();
  });
});

describe('needsPerson', () => {
  it('is true for what trying again does not help', () => {
    expect([idle, syncing, offline, signedOut].map(needsPerson)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });
});
