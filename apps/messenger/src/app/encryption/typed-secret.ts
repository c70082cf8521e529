import { type Outcome } from '@chat-vault/chat-sync';
import { type RecoverySecret } from '@chat-vault/chat-sync/encryption';
import { KeyringError, parseRecoveryCode } from '@chat-vault/core/sealed';

/** Groups of a recovery code. */
export const CODE_GROUPS = 13;
/** Characters of a group. */
export const GROUP_LENGTH = 5;

/** What was typed into the one field for both. */
export type TypedSecret =
  | { readonly kind: 'passphrase' }
  | {
      readonly kind: 'recovery-code';
      /** How many groups from the first on are right. */
      readonly right: number;
      /** The first group that is complete and wrong, counted from 1. */
      readonly wrongGroup: number | null;
    };

/** Groups that are right from the first on before a text is taken for a code: by chance that is one text in a thousand. */
const TELLING = 2;
/** A text of about this length that is written in groups of five is a code with a mistake in its beginning. */
const LIKE_A_CODE = /^(?:[0-9A-Z]{4,6}[\s\p{Pd}]+){9,}[0-9A-Z]{1,6}$/u;

/** Tells a recovery code from a passphrase while it is typed. */
export function readSecret(text: string): TypedSecret {
  const typed = text.normalize('NFKC').toUpperCase().trim();
  const length = typed.replace(/[\s\p{Pd}\p{Cf}]/gu, '').length;
  const wrong = wrongGroupOf(text);
  if (wrong === null) return { kind: 'recovery-code', right: CODE_GROUPS, wrongGroup: null };
  const right = wrong - 1;
  if (right < TELLING && !LIKE_A_CODE.test(typed)) return { kind: 'passphrase' };
  const isComplete = length >= wrong * GROUP_LENGTH;
  return { kind: 'recovery-code', right, wrongGroup: isComplete ? wrong : null };
}

/** The first group that is not right or not there; `null` when all of them are. */
function wrongGroupOf(text: string): number | null {
  try {
    parseRecoveryCode(text);
    return null;
  } catch (error) {
    if (error instanceof KeyringError) return Number(error.details?.['group'] ?? 1);
    throw error;
  }
}

/** Does something with what was typed. A passphrase may look like a code with a mistake, so that is tried too. */
export async function withTyped<Report>(
  text: string,
  call: (secret: RecoverySecret) => Promise<Outcome<Report>>,
): Promise<Outcome<Report>> {
  if (readSecret(text).kind === 'passphrase') return call({ passphrase: text });
  const outcome = await call({ recoveryCode: text });
  if (outcome.ok || outcome.error.code !== 'mistyped-code') return outcome;
  const other = await call({ passphrase: text });
  return other.ok ? other : outcome;
}

/** The same with several texts, all of which are needed. */
export function withAllTyped<Report>(
  texts: readonly string[],
  call: (secrets: readonly RecoverySecret[]) => Promise<Outcome<Report>>,
): Promise<Outcome<Report>> {
  const [text, ...rest] = texts;
  if (text === undefined) return call([]);
  return withTyped(text, (secret) => withAllTyped(rest, (others) => call([secret, ...others])));
}

/** Whether a group was typed as it was shown: small letters, spaces, O for 0, I and L for 1 are no mistakes. */
export const isGroup = (typed: string, shown: string): boolean => plain(typed) === plain(shown);

const plain = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
