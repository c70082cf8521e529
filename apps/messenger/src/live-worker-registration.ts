import { DOCUMENT, inject } from '@angular/core';
import { type LiveServiceWorker } from '@chat-vault/live-sync';
import { DeviceProfile } from './app/device/device-profile';
import { Preferences } from './app/device/preferences';

/** Has the browser run the service worker (`live-worker.ts`), and says which database it is to open; `null` where there are no workers. */
export function findLiveWorker(): LiveServiceWorker | null {
  const document = inject(DOCUMENT);
  const container = document.defaultView?.navigator.serviceWorker;
  if (!container) return null;
  // Refused in some private windows: the tabs do without.
  container.register(new URL('live-worker.js', document.baseURI)).catch(() => undefined);
  return {
    database: inject(DeviceProfile).databaseName,
    ownSenderIds: [...inject(Preferences).ownSenderIds()],
    container,
  };
}
