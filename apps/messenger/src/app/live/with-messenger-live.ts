import { inject } from '@angular/core';
import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { withLiveSync } from '@chat-vault/chat-sync/live';
import { findLiveWorker } from '../../live-worker-registration';
import { LiveAccount } from './live-account';

/** Live sync with the server that the page offers, for whoever is signed in. */
export const withMessengerLive = (): ChatSyncFeature =>
  withLiveSync({
    url: () => inject(LiveAccount).url(),
    userId: () => inject(LiveAccount).userId(),
    token: (refused) => inject(LiveAccount).token(refused),
    serviceWorker: findLiveWorker,
  });
