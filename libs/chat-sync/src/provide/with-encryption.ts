import { ENCRYPTION_OPTIONS, type EncryptionOptions } from '../encryption/encryption-options';
import { type ChatSyncFeature } from './chat-sync-feature';

/**
 * Lets a person encrypt the history in their clouds (`ChatSyncService.enableEncryption`), and read one that is. Nothing is encrypted until they turn it on.
 * What it needs is loaded apart from the start of the application.
 */
export function withEncryption(options: EncryptionOptions = {}): ChatSyncFeature {
  return {
    kind: 'encryption',
    name: 'withEncryption',
    providers: [{ provide: ENCRYPTION_OPTIONS, useValue: options }],
  };
}
