import { inject, provideEnvironmentInitializer } from '@angular/core';
import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { ENTITIES_OPTIONS, type EntitiesOptions } from './entities-options';
import { EntityRepositories } from './entity-repositories';

/**
 * Keeps contacts, settings, labels and whatever else is no message on this device and in the connected clouds (`EntityRepositories`). They are synced after each sync of
 * messages, and sealed when the history is. What it needs is loaded apart from the start of the application.
 */
export function withEntities(options: EntitiesOptions = {}): ChatSyncFeature {
  return {
    kind: 'entities',
    name: 'withEntities',
    providers: [
      EntityRepositories,
      { provide: ENTITIES_OPTIONS, useValue: options },
      provideEnvironmentInitializer(() => inject(EntityRepositories)),
    ],
  };
}
