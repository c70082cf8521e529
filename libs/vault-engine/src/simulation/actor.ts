import { type VaultContent } from '@chat-vault/core';
import { type Device } from '../testing/world.js';

/** One device of a scenario, with what it must never lose. */
export interface Actor {
  device: Device;
  readonly name: string;
  /** Ends the faults of its network and of the service. */
  readonly calm: () => void;
  /** Everything that was on it. */
  seen: VaultContent;
  /** Whether it has the key. */
  isUnlocked: boolean;
  /** Whether it knows that it lacks the key. */
  isLocked: boolean;
}
