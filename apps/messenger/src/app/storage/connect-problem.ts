import { ChatVaultError } from '@chat-vault/core';
import { type ProblemText, problemText } from '../ui/problem-text';
import { PICKED_FOLDER, REGISTERED, S3 } from './providers';

const SIGN_IN: Readonly<Record<string, ProblemText>> = {
  unauthorized: {
    heading: 'The sign-in did not work',
    advice: 'Connect again. If no window opened, allow this page to open windows (pop-ups).',
  },
  aborted: {
    heading: 'Nobody signed in',
    advice: 'Nothing was connected. Connect again when you like.',
  },
};

const KEYS: Readonly<Record<string, ProblemText>> = {
  unauthorized: {
    heading: 'The service refuses these keys',
    advice: 'Check both keys and the region. Everything written here waits until then.',
  },
  forbidden: {
    heading: 'The keys may not use this bucket',
    advice: 'They need to list the bucket and to read, write and remove files in it.',
  },
  'not-found': {
    heading: 'There is no such bucket',
    advice: 'Check its name, the region and the address of the service.',
  },
  offline: {
    heading: 'The service does not answer this page',
    advice: 'Check the connection and the address. The bucket must also allow this page (CORS).',
  },
  invalid: {
    heading: 'These settings make no sense to the service',
    advice: 'Check the address, the bucket, the region and the keys.',
  },
};

const CLOSED: Readonly<Record<string, ProblemText>> = {
  aborted: { heading: 'No folder was chosen', advice: 'Nothing was connected.' },
};

const FOLDER: Readonly<Record<string, ProblemText>> = {
  aborted: { heading: 'No folder was chosen', advice: 'Nothing was changed.' },
  offline: {
    heading: 'The folder is not there',
    advice: 'Is its disk plugged in? If it was moved or deleted, choose another folder.',
  },
  unauthorized: {
    heading: 'The browser keeps this page out of the folder',
    advice: 'Allow it in the browser’s settings for this page, or choose another folder.',
  },
  forbidden: {
    heading: 'This page may not write to the folder',
    advice: 'Choose one that you may write to.',
  },
};

/** The words for why a cloud could not be connected. */
export function connectProblem(providerId: string, error: unknown): ProblemText {
  const texts = textsOf(providerId);
  const known = error instanceof ChatVaultError ? texts[error.code] : undefined;
  return known ?? problemText(error);
}

function textsOf(providerId: string): Readonly<Record<string, ProblemText>> {
  if (providerId === S3) return KEYS;
  if (providerId === PICKED_FOLDER) return FOLDER;
  return REGISTERED.has(providerId) ? SIGN_IN : CLOSED;
}
