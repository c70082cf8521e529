import { formatDate } from '../ui/time-format';

/** What a recovery sheet says. */
export interface RecoverySheetWords {
  readonly date: string;
  readonly account: string;
  /** Names of the clouds. */
  readonly clouds: string;
  readonly groups: readonly string[];
}

/** What the code is for, on paper and in the file. */
export const SHEET_PURPOSE =
  'Your chats in the cloud are encrypted. This code opens them on a new device, when no other device is at hand and the passphrase is forgotten.';
/** How it is used, step by step. */
export const SHEET_STEPS: readonly string[] = [
  'Open Chat Vault on the new device and connect the cloud.',
  'It says that the history is locked. Type this code there; small letters, spaces and dashes do not matter.',
  'Then choose a new passphrase on the storage page.',
];
/** Where to keep it. */
export const SHEET_CARE =
  'Keep it where you keep important papers, away from the device. Whoever has this code and your cloud can read your chats. Nobody can make a new one for you.';

/** The words of a sheet. */
export const sheetWords = (sheet: {
  readonly code: string;
  readonly now: Date;
  readonly account: string;
  readonly clouds: readonly string[];
}): RecoverySheetWords => ({
  date: formatDate(sheet.now),
  account: sheet.account,
  clouds: sheet.clouds.join(', '),
  groups: sheet.code.split('-'),
});

/** The sheet as a text file. */
export const recoveryText = ({ date, account, clouds, groups }: RecoverySheetWords): string =>
  [
    'CHAT VAULT: RECOVERY CODE',
    '',
    `Made on:  ${date}`,
    `Chats of: ${account}`,
    `Kept in:  ${clouds}`,
    '',
    groups.join('-'),
    '',
    SHEET_PURPOSE,
    '',
    ...SHEET_STEPS.map((step, index) => `${index + 1}. ${step}`),
    '',
    SHEET_CARE,
    '',
  ].join('\n');
