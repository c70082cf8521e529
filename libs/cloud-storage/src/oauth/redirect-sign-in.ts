import { parseSignInAnswer, type SignInAnswer } from './sign-in-answer.js';
import { PENDING_PREFIX, type SignInPage } from './sign-in-page.js';

/** A sign-in for which the page was left, as it is kept in `sessionStorage` until somebody comes back. */
export interface PendingSignIn {
  readonly storageKey: string;
  readonly state: string;
  readonly verifier: string;
  /** Where the person was. */
  readonly returnTo: string;
  /** What the service said, once it did. */
  readonly answer: SignInAnswer | undefined;
}

/** Keeps what is needed to go on after the page was left. A later sign-in takes the place of one that was given up. */
export const keepPending = (
  page: SignInPage,
  tokensKey: string,
  secrets: { readonly state: string; readonly verifier: string },
): void => {
  const kept = { ...secrets, returnTo: page.location.href };
  page.sessionStorage.setItem(PENDING_PREFIX + tokensKey, JSON.stringify(kept));
};

/** The sign-in that waits for an answer with this state. */
export const findPending = (page: SignInPage, state: string): PendingSignIn | undefined => {
  const { sessionStorage } = page;
  return Array.from(
    { length: sessionStorage.length },
    (_, index) => sessionStorage.key(index) ?? '',
  )
    .filter((key) => key.startsWith(PENDING_PREFIX))
    .map((key) => readPending(page, key))
    .find((pending) => pending?.state === state);
};

/** Keeps the answer and goes back to where the person was. */
export const returnToPage = (
  page: SignInPage,
  { storageKey, ...pending }: PendingSignIn,
  answer: SignInAnswer,
): void => {
  page.sessionStorage.setItem(storageKey, JSON.stringify({ ...pending, answer }));
  page.location.replace(pending.returnTo);
};

/** Takes an answered sign-in away, so that nobody uses it twice. */
export const takeAnswered = (page: SignInPage, tokensKey: string): PendingSignIn | undefined => {
  const pending = readPending(page, PENDING_PREFIX + tokensKey);
  if (!pending?.answer || pending.answer.state !== pending.state) return undefined;
  page.sessionStorage.removeItem(pending.storageKey);
  return pending;
};

const readPending = (page: SignInPage, storageKey: string): PendingSignIn | undefined => {
  // Written by `keepPending` and `returnToPage` only.
  const kept: unknown = JSON.parse(page.sessionStorage.getItem(storageKey) ?? 'null');
  const { state, verifier, returnTo, answer } = (kept ?? {}) as Readonly<Record<string, unknown>>;
  const isWhole = [state, verifier, returnTo].every((field) => typeof field === 'string');
  if (!isWhole) return undefined;
  return {
    storageKey,
    state: String(state),
    verifier: String(verifier),
    returnTo: String(returnTo),
    answer: parseSignInAnswer(answer),
  };
};
