import { inject, Injector, Service, signal } from '@angular/core';
import {
  type EncryptionState,
  type RecoverySecret,
  ɵENCRYPTION_OPTIONS as ENCRYPTION_OPTIONS,
} from '@chat-vault/chat-sync/encryption';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type VaultCodec } from '@chat-vault/core';
import { type ChatVaultEngineParts } from '@chat-vault/vault-engine';
import { loadCode } from '../cloud/load-code';
import { ChatSyncError } from '../sync/chat-sync-error';
import { type Engine, type EngineFactory } from '../sync/engine-factory';
import { type EncryptionLife } from './encryption-life';

/** What of encryption is there from the start; all else is loaded by applications with `withEncryption`. */
@Service({ autoProvided: false })
export class VaultEncryption {
  readonly #options = inject(ENCRYPTION_OPTIONS, { optional: true });
  readonly #injector = inject(Injector);
  #life: Promise<EncryptionLife> | null = null;

  /** How it stands, by what this device knows. */
  readonly state = signal<EncryptionState>({ state: 'off' });

  /** Reads what is kept; another tab may have unlocked or locked. */
  async recall(storage: ChatStorage): Promise<void> {
    if (this.#options) await (await this.load()).recall(storage);
  }

  /** The engine of a provider, which seals as encryption stands at each call. */
  async createEngine(parts: ChatVaultEngineParts, create: EngineFactory): Promise<Engine> {
    return this.#options ? (await this.load()).createEngine(parts, create) : create(parts);
  }

  /** The engine of a file that is read or written once. */
  async createPassingEngine(
    parts: ChatVaultEngineParts,
    create: EngineFactory,
    secret?: RecoverySecret,
  ): Promise<Engine> {
    return this.#options
      ? (await this.load()).createPassingEngine(parts, create, secret)
      : create(parts);
  }

  /** What opens sealed files, where this application can have keys. */
  async codec(): Promise<VaultCodec | undefined> {
    return this.#options ? (await this.load()).codec : undefined;
  }

  /** @throws ChatSyncError `configuration` without `withEncryption`; CloudError `offline` */
  load(): Promise<EncryptionLife> {
    const { keep = 'device' } = this.#options ?? {};
    if (!this.#options) return Promise.reject(notProvided());
    this.#life ??= loadCode(() => import('./encryption-life')).then(
      ({ EncryptionLife }) => new EncryptionLife(this.#injector, this.state, keep === 'device'),
    );
    this.#life.catch(() => (this.#life = null));
    return this.#life;
  }
}

const notProvided = (): ChatSyncError =>
  new ChatSyncError('configuration', 'provideChatSync: add withEncryption() to use encryption');
