import { InjectionToken } from '@angular/core';
import { type SealedEnvironment } from '@chat-vault/core/sealed';

/** How keys are kept. */
export interface EncryptionOptions {
  /**
   * Where the keys stay after unlocking: `device` (default), in IndexedDB in a form that no script can read, until `lock()`; or `memory`, until
   * the page is closed.
   */
  readonly keep?: 'device' | 'memory';
}

/** The options of `withEncryption`; absent without it. */
export const ENCRYPTION_OPTIONS = new InjectionToken<EncryptionOptions>('ENCRYPTION_OPTIONS');

/** What sealing takes from outside, for tests: what costs half a second there costs a tenth. */
export const SEALED_ENVIRONMENT = new InjectionToken<SealedEnvironment>('SEALED_ENVIRONMENT');
