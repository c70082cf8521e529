import { type Provider } from '@angular/core';
import { ENCRYPTION_OPTIONS, type EncryptionOptions } from './encryption-options';

/** A feature for `provideChatSync`. */
export interface EncryptionFeature {
  readonly kind: 'encryption';
  readonly name: string;
  readonly providers: readonly Provider[];
}

/**
 * Lets a person encrypt the history in their clouds (`ChatSyncService.enableEncryption`), and read one that is. Nothing is encrypted until they turn it on.
 * What it needs is loaded apart from the start of the application.
 */
export function withEncryption(options: EncryptionOptions = {}): EncryptionFeature {
  return {
    kind: 'encryption',
    name: 'withEncryption',
    providers: [{ provide: ENCRYPTION_OPTIONS, useValue: options }],
  };
}
