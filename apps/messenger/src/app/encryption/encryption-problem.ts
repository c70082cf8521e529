import { ChatVaultError } from '@chat-vault/core';
import { type ProblemText, problemText } from '../ui/problem-text';
import { readSecret } from './typed-secret';

const NOTHING_CHANGED = / ?Nothing was changed[^.]*\./u;

const TEXTS: Readonly<Record<string, ProblemText>> = {
  'wrong-secret': {
    heading: 'That is not the passphrase',
    advice:
      'Type it again: small and capital letters differ. The recovery code opens it too, 13 groups of 5 characters. Nothing was changed or uploaded.',
  },
  'damaged-keyring': {
    heading: 'The file with the keys is damaged in the cloud',
    advice:
      'Open the app on a device that is unlocked: it repairs the file when it syncs. Or try the other one, passphrase or recovery code.',
  },
  'no-keyring': {
    heading: 'The keys are gone from the cloud',
    advice:
      'Open the app on a device that is unlocked: it puts them back when it syncs. Or try the other one, passphrase or recovery code.',
  },
  'keys-missing': {
    heading: 'These keys open nothing here',
    advice:
      'They belong to another history. Was the folder mixed up with another one? Nothing was changed.',
  },
  'foreign-vault': {
    heading: 'This is the history of another account',
    advice: 'Nothing was changed. Choose another folder, or sign in to that account.',
  },
  'already-encrypted': {
    heading: 'The history in this cloud is encrypted already',
    advice:
      'Another device did that, or this one before the page was closed. Unlock it with that passphrase.',
  },
  'unusable-passphrase': {
    heading: 'This passphrase cannot be used',
    advice: 'It is empty or too long. Choose another one.',
  },
  'out-of-memory': {
    heading: 'This device is short of memory',
    advice:
      'Checking a passphrase takes some, on purpose. Close other apps and tabs and try again, or use the recovery code, which takes none.',
  },
  'not-turning-on': {
    heading: 'It was given up meanwhile',
    advice: 'Nothing was changed. Begin again from the start.',
  },
  locked: {
    heading: 'It is locked on this device',
    advice: 'Unlock it first, with the passphrase or the recovery code.',
  },
  'not-connected': {
    heading: 'No cloud is connected',
    advice: 'Connect the cloud that holds your chats, then try again.',
  },
  unauthorized: {
    heading: 'The cloud asks for a new sign-in',
    advice: 'Connect it again on the storage page, then try again.',
  },
  offline: {
    heading: 'The cloud does not answer',
    advice: 'Check the connection, then try again. Nothing was changed.',
  },
};

/** The words for why something about encryption did not work. */
export function encryptionProblem(error: unknown): ProblemText {
  if (!(error instanceof ChatVaultError)) return problemText(error);
  if (error.code === 'mistyped-code') return mistyped(error.details?.['group']);
  if (error.code === 'wrong-secret' && Number(error.details?.['untried'] ?? 0) > 0) return CROWDED;
  return TEXTS[error.code] ?? problemText(error);
}

/** The same after something may have been written: no word that nothing was changed, but what to `keep`. */
export function writingProblem(error: unknown, keep: string): ProblemText {
  const { heading, advice } = encryptionProblem(error);
  return { heading, advice: `${advice.replace(NOTHING_CHANGED, '').trim()} ${keep}` };
}

/** The same where a person typed a secret: a code that is typed right and opens nothing is another one. */
export function secretProblem(error: unknown, typed: string): ProblemText {
  const problem = encryptionProblem(error);
  const isOther = problem === TEXTS['wrong-secret'] && readSecret(typed).kind === 'recovery-code';
  return isOther ? OTHER_CODE : problem;
}

const CROWDED: ProblemText = {
  heading: 'That could not be tried to the end',
  advice:
    'Somebody put more files of keys into the folder than can be tried. Type the recovery code: it finds the right one sooner. Nothing was changed or uploaded.',
};

const OTHER_CODE: ProblemText = {
  heading: 'This recovery code does not open it',
  advice:
    'It has no typing mistake, so it belongs to another history or to an earlier try. Look for another sheet, or type the passphrase. Nothing was changed or uploaded.',
};

const mistyped = (group: unknown): ProblemText => ({
  heading:
    typeof group === 'number'
      ? `Look at group ${group} of the recovery code`
      : 'Look at the recovery code again',
  advice: 'A character of it is missing or is not what was printed. Nothing was changed.',
});
