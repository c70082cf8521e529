import { type EncryptionState } from '@chat-vault/chat-sync/encryption';

/** How entities are written: so that whoever keeps the storage can read them, or not. */
export type Sealing = 'plain' | 'sealed';

/** How entities are to be written as encryption stands; `null` while they can be neither read nor written. */
export function sealingOf({ state }: EncryptionState): Sealing | null {
  switch (state) {
    case 'off':
    case 'turning-on':
      return 'plain';
    // While the key is being changed the old one is in use.
    case 'rotating':
    case 'unlocked':
      return 'sealed';
    case 'locked':
      return null;
  }
}
