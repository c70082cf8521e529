import { type CloudSpace } from '@chat-vault/cloud-storage';
import { type ChatVaultError } from '@chat-vault/core';

/** Words for a screen. */
export interface StatusWords {
  /** What is the case, one plain sentence. */
  readonly message: string;
  /** What to do next, one plain sentence; `''` when there is nothing to do. */
  readonly hint: string;
}

/** A status that a failure led to. */
export interface FailureWords extends StatusWords {
  /** The cloud concerned; absent when it is this device's own storage. */
  readonly providerId?: string;
  readonly error: ChatVaultError;
}

/**
 * How backing up stands. What each state means for a person:
 * - `idle`: nothing under way and nothing wrong (look at `pendingChanges` for whether all is backed up);
 * - `syncing`;
 * - `offline`: this device has no network; it goes on by itself;
 * - `throttled`: nothing is asked until then, as the service wants or as it kept failing; it goes on by itself;
 * - `auth-error`: the person must sign in or give permission again: by `connect` from a click when `canReconnect`, else by other settings;
 * - `sync-error`: something about the files or this device is wrong, see the words;
 * - `connection-error`: the service does not answer or refuses this page;
 * - `cloud-full`: the cloud has no space left, with figures where it tells them; nothing pending is lost;
 * - `storage-full`: this device has no space left;
 * - `locked`: the vault is encrypted and the passphrase is needed;
 * - `upgrade-required`: a newer version of the application wrote files that this one cannot read.
 */
export type ChatSyncStatus =
  | ({ readonly state: 'idle' } & StatusWords)
  | ({ readonly state: 'syncing'; readonly providerId: string } & StatusWords)
  | ({ readonly state: 'throttled'; readonly until: Date } & FailureWords)
  | ({ readonly state: 'auth-error'; readonly canReconnect: boolean } & FailureWords)
  | ({ readonly state: 'cloud-full'; readonly space?: CloudSpace } & FailureWords)
  | ({ readonly state: 'locked'; readonly providerId: string } & StatusWords)
  | ({ readonly state: FailureState } & FailureWords);

/** The states that say no more than their words and their error. */
export type FailureState =
  'offline' | 'sync-error' | 'connection-error' | 'storage-full' | 'upgrade-required';

/** Whether only a person can go on: trying again alone would fail again. */
export const needsPerson = ({ state }: ChatSyncStatus): boolean =>
  state === 'auth-error' || state === 'locked' || state === 'upgrade-required';

/** From the best to the worst; the worst of several providers is shown. */
const ORDER: readonly ChatSyncStatus['state'][] = [
  'idle',
  'syncing',
  'offline',
  'throttled',
  'connection-error',
  'sync-error',
  'cloud-full',
  'auth-error',
  'storage-full',
  'locked',
  'upgrade-required',
];

/** The worst of them, the first of equally bad ones; `undefined` when there are none. */
export const worstStatus = (statuses: readonly ChatSyncStatus[]): ChatSyncStatus | undefined =>
  statuses.reduce<ChatSyncStatus | undefined>(
    (worst, status) =>
      worst && ORDER.indexOf(worst.state) >= ORDER.indexOf(status.state) ? worst : status,
    undefined,
  );
