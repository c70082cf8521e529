import { InjectionToken } from '@angular/core';
import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatVaultEngine, type ChatVaultEngineParts } from '@chat-vault/vault-engine';

/** What the facade uses of the engine. */
export type Engine = Pick<ChatVaultEngine, EngineCall>;

type EngineCall =
  'sync' | 'restoreMonth' | 'loadOlder' | 'verify' | 'repair' | 'reseed' | 'inventory';

/** Makes the engine of a provider. */
export type EngineFactory = (parts: ChatVaultEngineParts) => Engine | Promise<Engine>;

/** Loads the code of the engine when the first cloud is opened, so that an application starts without it. */
export const ENGINE_FACTORY = new InjectionToken<EngineFactory>('ENGINE_FACTORY', {
  factory: () => loadEngine,
});

/** @throws CloudError `offline` when the code could not be fetched */
async function loadEngine(parts: ChatVaultEngineParts): Promise<Engine> {
  const { ChatVaultEngine } = await import('@chat-vault/vault-engine').catch((cause: unknown) => {
    const message = 'chat-sync: the code of the sync engine could not be loaded; try again';
    throw new CloudError('offline', message, { cause });
  });
  return new ChatVaultEngine(parts);
}
