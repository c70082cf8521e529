import { InjectionToken } from '@angular/core';
import { type ChatVaultEngine, type ChatVaultEngineParts } from '@chat-vault/vault-engine';
import { loadCode } from '../cloud/load-code';

/** What the facade uses of the engine. */
export type Engine = Pick<ChatVaultEngine, EngineCall>;

type EngineCall =
  | 'cloud'
  | 'exclusively'
  | 'sync'
  | 'backup'
  | 'restore'
  | 'restoreMonth'
  | 'restoreAll'
  | 'loadOlder'
  | 'verify'
  | 'repair'
  | 'reseed'
  | 'inventory'
  | 'seal'
  | 'unseal'
  | 'rewrite';

/** Makes the engine of a provider. */
export type EngineFactory = (parts: ChatVaultEngineParts) => Engine | Promise<Engine>;

/** Loads the code of the engine when the first cloud is opened, so that an application starts without it. */
export const ENGINE_FACTORY = new InjectionToken<EngineFactory>('ENGINE_FACTORY', {
  factory: () => loadEngine,
});

async function loadEngine(parts: ChatVaultEngineParts): Promise<Engine> {
  const { ChatVaultEngine } = await loadCode(() => import('@chat-vault/vault-engine'));
  return new ChatVaultEngine(parts);
}
