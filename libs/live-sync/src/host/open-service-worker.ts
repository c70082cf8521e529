import { type HostEnvironment } from './host-environment.js';
import { openWorkerLink, type WorkerContainer, type WorkerLink } from './worker-link.js';
import { type LiveAccount } from './worker-messages.js';

/** The service worker of the application, and what it needs to open the same storage. */
export interface LiveServiceWorker {
  /** Name of the database. */
  readonly database: string;
  /** The settings of the same name that the storage was opened with. */
  readonly ownSenderIds?: readonly string[];
  /** Default: `navigator.serviceWorker`. */
  readonly container?: WorkerContainer;
}

/** The way to the service worker; `null` where there is none, or where it could not share the connection. */
export function openServiceWorker(
  options: Pick<LiveAccount, 'url' | 'userId'> & {
    readonly token: (refused?: string) => Promise<string | null>;
    readonly serviceWorker?: LiveServiceWorker;
  },
  { locks, openChannel, after, elapsed, newId }: HostEnvironment,
): WorkerLink | null {
  const { serviceWorker, url, userId, token } = options;
  const container = serviceWorker?.container ?? globalThis.navigator?.serviceWorker;
  if (!serviceWorker || !container || !locks || !openChannel) return null;
  const { database, ownSenderIds } = serviceWorker;
  const account = { database, url, userId, ...(ownSenderIds && { ownSenderIds }) };
  return openWorkerLink({ container, account, token, after, elapsed, newId });
}
