import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatSyncStatus } from '@chat-vault/chat-sync';
import { describe, expect, it } from 'vitest';
import { describeStatus, type StatusFacts } from './describe-status';

const words = { message: 'What is.', hint: 'What to do.' };
const facts = (status: ChatSyncStatus, patch: Partial<StatusFacts> = {}): StatusFacts => ({
  status,
  isConnected: true,
  pendingChanges: 0,
  lastSyncedAt: new Date(0),
  ...patch,
});
const idle: ChatSyncStatus = { state: 'idle', ...words };
const error = new CloudError('unavailable', '');

describe('describeStatus', () => {
  it('says that everything is backed up only after a sync with nothing pending', () => {
    expect(describeStatus(facts(idle)).message).toBe('Everything is backed up.');
    expect(describeStatus(facts(idle, { lastSyncedAt: null })).message).toBe('Not synced yet.');
    expect(describeStatus(facts(idle, { pendingChanges: 1 })).message).toBe(
      '1 change is not backed up yet.',
    );
    expect(describeStatus(facts(idle, { pendingChanges: 12 })).message).toBe(
      '12 changes are not backed up yet.',
    );
    expect(describeStatus(facts(idle, { isConnected: false }))).toMatchObject({
      message: 'What is.',
      hint: 'What to do.',
      action: null,
    });
  });

  it.each([
    ['offline', 'retry', 'waiting'],
    ['connection-error', 'retry', 'bad'],
    ['storage-full', 'retry', 'bad'],
    ['sync-error', 'retry', 'bad'],
    ['upgrade-required', null, 'bad'],
  ] as const)('offers for %s the next step %s', (state, action, tone) => {
    expect(describeStatus(facts({ state, error, ...words }))).toMatchObject({ action, tone });
  });

  it('offers to try a full cloud again', () => {
    const full: ChatSyncStatus = { state: 'cloud-full', error, ...words };
    expect(describeStatus(facts(full))).toMatchObject({ action: 'retry', tone: 'bad' });
  });

  it.each([
    [true, 'reconnect'],
    [false, null],
  ])('offers to reconnect where that helps: %s', (canReconnect, action) => {
    const refused: ChatSyncStatus = { state: 'auth-error', canReconnect, error, ...words };
    expect(describeStatus(facts(refused))).toMatchObject({ action, tone: 'bad' });
  });

  it('offers nothing while something goes on by itself', () => {
    const throttled: ChatSyncStatus = { state: 'throttled', until: new Date(0), error, ...words };
    const syncing: ChatSyncStatus = { state: 'syncing', providerId: 'a', ...words };
    const locked: ChatSyncStatus = { state: 'locked', providerId: 'a', ...words };
    for (const status of [throttled, syncing, locked]) {
      expect(describeStatus(facts(status)).action).toBeNull();
    }
  });
});
