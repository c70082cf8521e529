import { type EncryptionState } from '@chat-vault/chat-sync/encryption';

/** Why a device is locked, and what to do about it. */
export interface LockedWords {
  readonly heading: string;
  readonly text: string;
}

const WITHOUT_KEYS: LockedWords = {
  heading: 'Locked on this device',
  text: 'The history in your cloud is encrypted, and the keys are not on this device. What you write waits here until you unlock it; nothing is lost.',
};
const WITH_OLD_KEYS: LockedWords = {
  heading: 'Another device has a new key',
  text: 'The key was changed there, or encryption was turned on there at the same time as here. Type the passphrase or the recovery code of that device once. What you write waits here until then; nothing is lost.',
};

/** The words for a locked device: one that had the keys is told that there are others now. */
export const lockedWords = (state: EncryptionState): LockedWords =>
  state.state === 'locked' && state.isKeyNew ? WITH_OLD_KEYS : WITHOUT_KEYS;
