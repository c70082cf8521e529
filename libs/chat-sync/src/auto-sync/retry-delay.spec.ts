import { CloudError } from '@chat-vault/cloud-storage';
import { describe, expect, it } from 'vitest';
import { type ChatSyncStatus, type FailureState } from '../status/chat-sync-status';
import { retryDelayMs } from './retry-delay';

const error = new CloudError('unavailable', '');
const failed = (state: FailureState): ChatSyncStatus => ({
  state,
  message: '',
  hint: '',
  error,
});
const after = (failures: number, random = 1) => ({ failures, now: 0, random: () => random });

describe('retryDelayMs', () => {
  it('doubles up to a quarter of an hour, with jitter above a floor', () => {
    const delays = [1, 2, 3, 10].map((count) => retryDelayMs(failed('offline'), after(count)));
    expect(delays).toEqual([15_000, 25_000, 45_000, 905_000]);
    expect(retryDelayMs(failed('sync-error'), after(10, 0))).toBe(5_000);
  });

  it('waits until the moment that a service named', () => {
    const status: ChatSyncStatus = {
      ...failed('offline'),
      state: 'throttled',
      until: new Date(7_000),
      error: new CloudError('rate-limited', ''),
    };
    expect(retryDelayMs(status, { ...after(3), now: 2_000 })).toBe(5_000);
    expect(retryDelayMs(status, { ...after(3), now: 9_000 })).toBe(0);
  });

  it('asks a full cloud and a full device every quarter of an hour', () => {
    const cloudFull: ChatSyncStatus = { ...failed('storage-full'), state: 'cloud-full', error };
    for (const status of [cloudFull, failed('storage-full')]) {
      expect(retryDelayMs(status, after(1))).toBe(900_000);
    }
  });

  it.each([true, false])('leaves a refused sign-in to the person', (canReconnect) => {
    const status: ChatSyncStatus = {
      ...failed('offline'),
      state: 'auth-error',
      canReconnect,
      error,
    };
    expect(retryDelayMs(status, after(1))).toBeNull();
  });

  it('leaves an update to the person', () => {
    expect(retryDelayMs(failed('upgrade-required'), after(1))).toBeNull();
  });
});
