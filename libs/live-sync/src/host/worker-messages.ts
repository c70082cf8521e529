/** Whose connection a service worker is to hold. */
export interface LiveAccount {
  /** Name of the database on this device. */
  readonly database: string;
  /** Base address of the sync server. */
  readonly url: string;
  readonly userId: string;
  /** The ids under which the person writes, when there are others than `userId`: what they wrote is never unread. */
  readonly ownSenderIds?: readonly string[];
}

/** What a page says to the service worker. */
export type PageToWorker =
  | { readonly kind: 'host'; readonly id: string; readonly account: LiveAccount }
  | { readonly kind: 'leave'; readonly account: LiveAccount }
  | { readonly kind: 'token'; readonly id: string; readonly token: string | null }
  | { readonly kind: 'no-token'; readonly id: string };

/** What the service worker says to a page. */
export type WorkerToPage =
  | { readonly kind: 'ready'; readonly id: string }
  | {
      readonly kind: 'token-wanted';
      readonly id: string;
      readonly account: LiveAccount;
      readonly refused: string | null;
    };

/** Marks ours among all that an application posts. */
const MARK = 'chat-vault-live';

/** A message with the mark that tells it from others. */
export function markedMessage(message: PageToWorker | WorkerToPage): unknown {
  return { ...message, [MARK]: 1 };
}

/** `null` for what is not ours. */
export function parsePageToWorker(data: unknown): PageToWorker | null {
  const { [MARK]: mark, kind, id, account: given, token } = fieldsOf(data);
  const account = parseAccount(given);
  if (mark !== 1) return null;
  if (kind === 'leave') return account && { kind, account };
  if (typeof id !== 'string') return null;
  if (kind === 'host') return account && { kind, id, account };
  if (kind === 'no-token') return { kind, id };
  if (kind !== 'token' || (typeof token !== 'string' && token !== null)) return null;
  return { kind, id, token };
}

/** `null` for what is not ours. */
export function parseWorkerToPage(data: unknown): WorkerToPage | null {
  const { [MARK]: mark, kind, id, account: given, refused } = fieldsOf(data);
  if (mark !== 1 || typeof id !== 'string') return null;
  if (kind === 'ready') return { kind, id };
  const account = parseAccount(given);
  if (kind !== 'token-wanted' || !account) return null;
  return { kind, id, account, refused: typeof refused === 'string' ? refused : null };
}

/** Name of the Background Sync registrations, each followed by the account. */
const FLUSH_TAG = 'chat-vault-flush';

/** The tag under which a browser is asked to flush once it is online. */
export function flushTag(account: LiveAccount): string {
  return `${FLUSH_TAG}:${JSON.stringify(account)}`;
}

/** `null` for a tag that is not ours. */
export function parseFlushTag(tag: string): LiveAccount | null {
  const end = tag.indexOf(':');
  if (tag.slice(0, end) !== FLUSH_TAG) return null;
  try {
    return parseAccount(JSON.parse(tag.slice(end + 1)));
  } catch {
    return null;
  }
}

/** One text for each account. */
export function accountKey({ database, url, userId }: LiveAccount): string {
  return JSON.stringify([database, url, userId]);
}

function parseAccount(value: unknown): LiveAccount | null {
  const { database, url, userId, ownSenderIds } = fieldsOf(value);
  if (typeof database !== 'string' || typeof url !== 'string') return null;
  if (typeof userId !== 'string') return null;
  const account = { database, url, userId };
  return isTexts(ownSenderIds) ? { ...account, ownSenderIds } : account;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return (value ?? {}) as Record<string, unknown>;
}
