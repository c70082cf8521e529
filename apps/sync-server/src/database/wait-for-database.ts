import { type Timers } from '../timers.ts';
import { isUnavailable } from './is-unavailable.ts';

const RETRY_MS = 1000;

/** The database cannot be used: it was not reached in time, or it refuses us. The message names it without the password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';
}

/** Which database, and how long to wait for it. */
export interface WaitOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Milliseconds; it is asked once at least. */
  readonly waitMs: number;
  readonly timers: Timers;
}

/** Asks until the database answers, once a second. @throws DatabaseUnusable */
export async function waitForDatabase(
  ask: () => Promise<unknown>,
  { url, waitMs, timers }: WaitOptions,
): Promise<void> {
  const end = timers.now() + waitMs;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (!isUnavailable(error)) {
        throw new DatabaseUnusable(`${placeOf(url)} refuses: ${reasonOf(error)}`, { cause: error });
      }
      if (timers.now() >= end) {
        const text = `${placeOf(url)} did not answer within ${Math.round(waitMs / 1000)} s: ${reasonOf(error)}`;
        throw new DatabaseUnusable(text, { cause: error });
      }
    }
    await new Promise<void>((resolve) => timers.after(RETRY_MS, resolve));
  }
}

function placeOf(url: string): string {
  if (!URL.canParse(url)) return 'The database of DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `The database of DATABASE_URL, "${pathname.slice(1)}" at ${host},`;
}

/** Several addresses of one name fail with an error without a message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { readonly message?: string; readonly code?: string };
  return message || code || 'no reason was given';
}
