import { ChatVaultError } from '@chat-vault/core';

/** What went wrong and what to do about it, in words for the person in front of the screen. */
export interface ProblemText {
  readonly heading: string;
  readonly advice: string;
}

const TEXTS: Readonly<Record<string, ProblemText>> = {
  unauthorized: {
    heading: 'The cloud refuses the user name or password',
    advice: 'Check both and connect again. Everything written here waits until then.',
  },
  forbidden: {
    heading: 'The cloud does not let this account in',
    advice: 'Check that the account may write to this folder, then sync again.',
  },
  'not-found': {
    heading: 'The folder is not there',
    advice: 'Check the address of the cloud.',
  },
  offline: {
    heading: 'The cloud does not answer',
    advice:
      'Check the connection and the address. A server at another address must also allow this page (CORS). Syncing goes on by itself when it answers.',
  },
  unavailable: {
    heading: 'The cloud is having trouble',
    advice: 'Nothing is lost; syncing is tried again later.',
  },
  'rate-limited': {
    heading: 'The cloud asks to slow down',
    advice: 'Syncing goes on by itself after a pause.',
  },
  'quota-exceeded': {
    heading: 'The cloud is full',
    advice: 'Free some space there, then sync again. What is pending stays on this device.',
  },
  conflict: {
    heading: 'A file in the cloud is not what it should be',
    advice: 'Sync again; the file is written anew under another name.',
  },
  invalid: {
    heading: 'The server’s answer makes no sense',
    advice: 'Check that the address is that of a WebDAV folder.',
  },
  'foreign-vault': {
    heading: 'This folder holds the vault of another account',
    advice: 'Nothing was written. Choose another folder or sign in to the other account.',
  },
  'upgrade-required': {
    heading: 'A newer version of Chat Vault wrote to this cloud',
    advice: 'Load this page anew to update it.',
  },
  'lock-lost': {
    heading: 'Another tab took over syncing',
    advice: 'There is nothing to do; this tab shows what the other fetches.',
  },
  'storage-full': {
    heading: 'This device is out of space',
    advice: 'Free some space on this device, then load the page anew. The cloud is untouched.',
  },
  'storage-closed': {
    heading: 'The browser closed the local database',
    advice: 'Load the page anew. Nothing that was saved is lost.',
  },
  'upgrade-blocked': {
    heading: 'An older version is open in another tab',
    advice: 'Close the other tabs of this app and load the page anew.',
  },
  'vault-emptied': {
    heading: 'The cloud lost the files of your chats',
    advice:
      'Nothing was changed. Sync it and upload everything again, or connect the right folder.',
  },
  'nothing-to-export': {
    heading: 'There are no chats yet',
    advice: 'There is nothing to save.',
  },
  'same-provider': {
    heading: 'This is the same cloud',
    advice: 'Choose another one to move to.',
  },
  'not-signed-in': {
    heading: 'Nobody is signed in',
    advice: 'Sign in to write to others. Nothing is lost.',
  },
  'not-connected': {
    heading: 'The cloud is not connected',
    advice: 'Connect it first.',
  },
  'not-configured': {
    heading: 'The settings of this cloud are missing',
    advice: 'Enter them, then connect it.',
  },
  'unknown-provider': {
    heading: 'This app does not know that cloud',
    advice: 'Load the page anew.',
  },
  locked: {
    heading: 'The history is locked on this device',
    advice: 'Unlock it with the passphrase or the recovery code. Nothing is lost.',
  },
  closed: {
    heading: 'The cloud was disconnected meanwhile',
    advice: 'Nothing is lost. Connect it again to go on.',
  },
  aborted: {
    heading: 'It was stopped',
    advice: 'Nothing is lost. Start again to go on.',
  },
  'invalid-message': {
    heading: 'This message cannot be saved',
    advice: 'A part of it is not allowed; nothing was changed.',
  },
};

/** The words for an error; unknown ones are shown as they are. */
export function problemText(error: unknown): ProblemText {
  const known = error instanceof ChatVaultError ? TEXTS[error.code] : undefined;
  if (known !== undefined) return known;
  const message = error instanceof Error ? error.message : String(error);
  return { heading: 'Something went wrong', advice: message };
}
