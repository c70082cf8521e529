import { inject, provideEnvironmentInitializer } from '@angular/core';
import { AutoSync } from '../auto-sync/auto-sync';
import { AUTO_SYNC_OPTIONS, type AutoSyncOptions } from '../auto-sync/auto-sync-options';
import { type ChatSyncFeature } from './chat-sync-feature';

/**
 * Syncs by itself, off the first paint: after writes, on an interval while the page is visible, when the network is back, when the page
 * becomes visible. One sync at a time; failures are tried again ever less often, and not at all when only the person can help.
 */
export function withAutoSync(options: AutoSyncOptions = {}): ChatSyncFeature {
  return {
    kind: 'schedule',
    name: 'withAutoSync',
    providers: [
      AutoSync,
      { provide: AUTO_SYNC_OPTIONS, useValue: options },
      provideEnvironmentInitializer(() => inject(AutoSync)),
    ],
  };
}
