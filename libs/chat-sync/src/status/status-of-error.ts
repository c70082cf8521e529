import { StorageError, type StorageErrorCode } from '@chat-vault/chat-storage';
import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatVaultError } from '@chat-vault/core';
import { type ChatSyncStatus, type FailureWords, type StatusWords } from './chat-sync-status';

/** What is known when a call fails. Times in Unix ms. */
export interface FailureContext {
  readonly providerId: string;
  readonly displayName: string;
  /** Whether the browser believes to have a network. */
  readonly isOnline: boolean;
  readonly now: number;
  /** Whether who signs in is part of the settings; default not. */
  readonly hasFixedSignIn?: boolean;
}

/** How long a service that did not say for how long is left alone. */
const DEFAULT_THROTTLE_MS = 60_000;

/** What a failure of a provider means for the person (docs/sync-engine.md, "What goes wrong"). */
export function statusOfError(error: ChatVaultError, context: FailureContext): ChatSyncStatus {
  if (error instanceof CloudError) return statusOfCloudError(error, context);
  if (error instanceof StorageError) return statusOfStorageError(error);
  const { providerId, displayName } = context;
  const words = (message: string, hint: string) => ({ providerId, error, message, hint });
  switch (error.code) {
    case 'upgrade-required':
      return {
        state: 'upgrade-required',
        ...words(
          `${displayName} holds files of a newer version of this application.`,
          'Update this application, then sync again.',
        ),
      };
    case 'locked':
    case 'keys-missing':
      return {
        state: 'locked',
        providerId,
        message: `The history in ${displayName} is encrypted, and a key is missing on this device.`,
        hint: 'Unlock with your passphrase or recovery code; nothing pending is lost.',
      };
    case 'foreign-vault':
      return {
        state: 'sync-error',
        ...words(
          `${displayName} holds the history of another account; nothing was changed.`,
          'Connect the storage of this account, or choose another folder.',
        ),
      };
    case 'vault-emptied':
      return {
        state: 'sync-error',
        ...words(
          `The files of this history are gone from ${displayName}; nothing was changed here.`,
          'Upload everything again, or connect the storage that holds the files.',
        ),
      };
    case 'lock-lost':
      return {
        state: 'sync-error',
        ...words('Another tab took over this sync.', 'Nothing needs to be done.'),
      };
    case 'not-configured':
      return {
        state: 'connection-error',
        ...words(`The settings of ${displayName} are missing.`, 'Enter them, then connect again.'),
      };
    default:
      return {
        state: 'sync-error',
        ...words('Syncing did not work.', 'Try again; if it happens again, report it.'),
      };
  }
}

/** What a failure of this device's own storage means for the person. */
export function statusOfStorageError(error: StorageError): ChatSyncStatus {
  const state = error.code === 'storage-full' ? 'storage-full' : 'sync-error';
  const [message, hint] = STORAGE_WORDS[error.code];
  return { state, error, message, hint };
}

const STORAGE_WORDS: Readonly<Record<StorageErrorCode, readonly [message: string, hint: string]>> =
  {
    'storage-full': [
      'This device has no space left for messages.',
      'Free some space on the device, then try again.',
    ],
    'storage-closed': ['The message store of this device was closed.', 'Reload the page.'],
    'upgrade-blocked': [
      'Another tab keeps an older version of this application open.',
      'Close the other tabs, then try again.',
    ],
    'invalid-message': [
      'A message could not be stored.',
      'Report it to the makers of this application.',
    ],
  };

function statusOfCloudError(error: CloudError, context: FailureContext): ChatSyncStatus {
  const { providerId, isOnline, now } = context;
  const failure: FailureWords = { providerId, error, ...wordsOfCloudError(error, context) };
  switch (error.code) {
    case 'unauthorized':
      return { state: 'auth-error', canReconnect: canReconnect(error, context), ...failure };
    case 'rate-limited':
      return throttled(failure, now + (error.retryAfterMs ?? DEFAULT_THROTTLE_MS));
    case 'unavailable':
      return error.retryAfterMs === undefined
        ? { state: 'connection-error', ...failure }
        : throttled(failure, now + error.retryAfterMs);
    case 'quota-exceeded':
      return { state: 'cloud-full', ...failure };
    case 'offline':
      return { state: isOnline ? 'connection-error' : 'offline', ...failure };
    case 'forbidden':
      return { state: 'connection-error', ...failure };
    case 'not-found':
    case 'conflict':
    case 'aborted':
    case 'invalid':
      return { state: 'sync-error', ...failure };
  }
}

const throttled = (failure: FailureWords, untilMs: number): ChatSyncStatus => ({
  state: 'throttled',
  until: new Date(untilMs),
  ...failure,
});

/** Whether the person can be asked: not by settings that are wrong, nor by a browser that was told never to ask again. */
const canReconnect = ({ details }: CloudError, { hasFixedSignIn }: FailureContext): boolean =>
  !hasFixedSignIn && details?.['permission'] !== 'denied';

function wordsOfRefusal({ details }: CloudError, context: FailureContext): StatusWords {
  const { displayName, hasFixedSignIn } = context;
  if (details?.['permission'] === 'denied') {
    return {
      message: `The browser keeps this page out of ${displayName}.`,
      hint: 'Allow it in the browser’s settings for this page, or choose another folder; nothing pending is lost.',
    };
  }
  if (details?.['permission'] !== undefined) {
    return {
      message: `The browser asks for permission for ${displayName} again.`,
      hint: 'Reconnect and allow it; nothing pending is lost.',
    };
  }
  return {
    message: `${displayName} asks for a new sign-in.`,
    hint: hasFixedSignIn
      ? 'Enter a password or keys that are valid; nothing pending is lost.'
      : 'Reconnect; nothing pending is lost.',
  };
}

function wordsOfCloudError(error: CloudError, context: FailureContext): StatusWords {
  const { displayName, isOnline } = context;
  const words = (message: string, hint: string): StatusWords => ({ message, hint });
  switch (error.code) {
    case 'unauthorized':
      return wordsOfRefusal(error, context);
    case 'rate-limited':
      return words(`${displayName} asked to wait.`, 'Syncing goes on by itself.');
    case 'quota-exceeded':
      return words(
        `${displayName} is full.`,
        'Free some space there; changes wait here until there is room.',
      );
    case 'offline':
      return isOnline
        ? words(
            `${displayName} cannot be reached.`,
            'Check that it is there: its address, its permission for this page (CORS), or its disk.',
          )
        : words('This device is offline.', 'Syncing goes on when it is back.');
    case 'unavailable':
      return words(
        `${displayName} is not available at the moment.`,
        error.retryAfterMs === undefined ? 'Try again later.' : 'Syncing goes on by itself.',
      );
    case 'forbidden':
      return words(
        `${displayName} refused access.`,
        'Check that this account may write to the folder.',
      );
    case 'not-found':
    case 'conflict':
    case 'aborted':
    case 'invalid':
      return words(
        `${displayName} gave an answer that makes no sense.`,
        'Check its settings, then try again.',
      );
  }
}
