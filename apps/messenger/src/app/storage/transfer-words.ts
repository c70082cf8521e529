import { type ZipRefusal } from '@chat-vault/cloud-storage/zip';
import { ChatVaultError } from '@chat-vault/core';
import { type MigrateProblem, type MigrateReport } from '@chat-vault/vault-engine/migrate';
import { type ProblemText, problemText } from '../ui/problem-text';
import { formatClock, formatBytes, formatCount } from '../ui/time-format';

const NOTHING_CHANGED = 'Nothing was changed on this device.';

const REFUSALS: Readonly<Record<ZipRefusal, ProblemText>> = {
  'not-a-zip': {
    heading: 'This is not a copy of your chats',
    advice: `Choose the .zip file that was saved here or on another device. ${NOTHING_CHANGED}`,
  },
  truncated: {
    heading: 'The end of this file is missing',
    advice: `It was not copied or downloaded to its end; fetch it again. ${NOTHING_CHANGED}`,
  },
  damaged: {
    heading: 'This file is damaged',
    advice: `Fetch it again from where it was kept, or choose another copy. ${NOTHING_CHANGED}`,
  },
  encrypted: {
    heading: 'This file is locked with a password',
    advice: `Unpack it, pack the folder without a password, and choose that. ${NOTHING_CHANGED}`,
  },
  'unsafe-name': {
    heading: 'This file does not look safe',
    advice: `It has names in it that no copy of chats has, so it was left alone. ${NOTHING_CHANGED}`,
  },
  'too-large': {
    heading: 'This file does not look safe',
    advice: `It unpacks to more than a copy of chats can hold, so it was left alone. ${NOTHING_CHANGED}`,
  },
  unsupported: {
    heading: 'This kind of .zip cannot be read',
    advice: `Unpack it and pack the folder again as an ordinary .zip. ${NOTHING_CHANGED}`,
  },
  'no-vault': {
    heading: 'There are no chats in this file',
    advice: `Choose the .zip file that was saved here or on another device. ${NOTHING_CHANGED}`,
  },
  'several-vaults': {
    heading: 'There is more than one copy in this file',
    advice: `Unpack it and pack each of them on its own. ${NOTHING_CHANGED}`,
  },
};

const COPY: Readonly<Record<string, ProblemText>> = {
  locked: {
    heading: 'This copy is encrypted',
    advice: `This device has no key for it. Type the passphrase or the recovery code of the time when it was saved. ${NOTHING_CHANGED}`,
  },
  'foreign-vault': {
    heading: 'This copy is of another account',
    advice: `Sign in to that account to bring it in. ${NOTHING_CHANGED}`,
  },
  'upgrade-required': {
    heading: 'A newer version of Chat Vault made this copy',
    advice: 'Load this page anew to update it, then bring the copy in again.',
  },
  offline: {
    heading: 'The file can no longer be read',
    advice: 'Was it moved, or its disk taken out? Choose it again.',
  },
};

/** The words for why a copy could not be brought in. */
export function bringInProblem(error: unknown): ProblemText {
  if (!(error instanceof ChatVaultError)) return problemText(error);
  const reason = error.details?.['reason'];
  const isRefusal = error.code === 'invalid' && typeof reason === 'string' && reason in REFUSALS;
  return (isRefusal ? REFUSALS[reason as ZipRefusal] : COPY[error.code]) ?? problemText(error);
}

/** How much a move brought over. */
export function movedText({ filesCopied, bytesCopied, filesPresent }: MigrateReport): string {
  const copied = `${formatCount(filesCopied)} ${filesCopied === 1 ? 'file' : 'files'} copied`;
  const size = bytesCopied > 0 ? ` (${formatBytes(bytesCopied)})` : '';
  const present = filesPresent > 0 ? `, ${formatCount(filesPresent)} were there already` : '';
  return `${copied}${size}${present}.`;
}

const KEEP: Readonly<Record<MigrateProblem['kind'], (files: string) => string>> = {
  damaged: (files) => `${files} damaged in the old cloud`,
  unreadable: (files) => `${files} unreadable in the old cloud`,
  missing: (files) => `${files} missing in the old cloud`,
  conflict: (files) => `${files} different in the new cloud`,
  unverified: (files) => `${files} not found again in the new cloud`,
  unsettled: () => 'new files may still show up, as listings are late: move again in about an hour',
};

/** When all is copied, and only a listing that is late keeps the old cloud: when to look again, `20:15`. */
export function looksAgainAt({
  problems,
  lookAgainAt,
}: Pick<MigrateReport, 'problems' | 'lookAgainAt'>): string | null {
  const isOnlyLate = problems.every(({ kind }) => kind === 'unsettled');
  return isOnlyLate && lookAgainAt !== undefined ? formatClock(lookAgainAt) : null;
}

/** Why the old cloud is still needed: one line for each kind of reason. */
export function keepReasons(problems: readonly MigrateProblem[]): readonly string[] {
  const kinds = [...new Set(problems.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const count = problems.filter((problem) => problem.kind === kind).length;
    return KEEP[kind](count === 1 ? '1 file is' : `${formatCount(count)} files are`);
  });
}
