import { InjectionToken } from '@angular/core';
import { ChatVaultEngine, type ChatVaultEngineParts } from '@chat-vault/vault-engine';

/** What the facade uses of the engine. */
export type Engine = Pick<ChatVaultEngine, EngineCall>;

type EngineCall =
  'sync' | 'restoreMonth' | 'loadOlder' | 'verify' | 'repair' | 'reseed' | 'inventory';

/** Makes the engine of a provider. */
export const ENGINE_FACTORY = new InjectionToken<(parts: ChatVaultEngineParts) => Engine>(
  'ENGINE_FACTORY',
  { factory: () => (parts) => new ChatVaultEngine(parts) },
);
