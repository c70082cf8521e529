import { inject, provideEnvironmentInitializer } from '@angular/core';
import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { LIVE_OPTIONS, type LiveSyncOptions } from './live-options';
import { LiveSyncService } from './live-sync-service';

/**
 * Carries messages, reactions, stories and read markers between people while they are online (`LiveSyncService`). What comes is stored and backed up like all else.
 * It begins after the first paint when somebody is signed in; what it needs is loaded then.
 */
export function withLiveSync(options: LiveSyncOptions): ChatSyncFeature {
  return {
    kind: 'live',
    name: 'withLiveSync',
    providers: [
      LiveSyncService,
      { provide: LIVE_OPTIONS, useValue: options },
      provideEnvironmentInitializer(() => inject(LiveSyncService)),
    ],
  };
}
