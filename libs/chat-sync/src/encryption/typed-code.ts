import { KeyringError } from '@chat-vault/core/sealed';

/** Groups of a recovery code that are typed back. */
const ASKED = 3;

/** Groups to type back, counted from 1, ascending: some that nobody can foretell. `random` gives from 0 up to but not 1. */
export function chooseGroups(code: string, random: () => number): readonly number[] {
  const left = code.split('-').map((_, index) => index + 1);
  const chosen = Array.from(
    { length: ASKED },
    () => left.splice(Math.floor(random() * left.length), 1)[0] ?? 1,
  );
  return chosen.sort((a, b) => a - b);
}

/** Compares what was typed with the groups of a code. @throws KeyringError `mistyped-code`; `details.group` is the first that is wrong */
export function checkGroups(
  code: string,
  groups: readonly number[],
  typed: readonly string[],
): void {
  const right = code.split('-');
  const wrong = groups.find((group, index) => right[group - 1] !== normal(typed[index] ?? ''));
  if (wrong === undefined) return;
  throw new KeyringError(
    'mistyped-code',
    `chat-sync: group ${wrong} of the recovery code is not what was shown`,
    { details: { group: wrong } },
  );
}

/** Small letters, spaces, O for 0, I and L for 1 are no mistakes. */
const normal = (typed: string): string =>
  typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
