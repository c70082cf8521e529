import { type FaultyCloud } from '@chat-vault/cloud-storage/testing';
import { type VaultContent } from '@chat-vault/core';
import { type Device } from '../testing/world.js';

/** One device of a scenario, with what it must never lose. */
export interface Actor {
  device: Device;
  readonly name: string;
  readonly clock: ActorClock;
  /** Its way to the service. */
  readonly network: FaultyCloud;
  /** Everything that was on it. */
  seen: VaultContent;
  /** Everything that the cloud had when its last sync that went well began. */
  known: VaultContent;
  /** Whether it has the key. */
  isUnlocked: boolean;
  /** Whether it knows that it lacks the key. */
  isLocked: boolean;
  /** Whether it cannot be reached: it is written on, and never syncs. */
  isAway: boolean;
}

/** How a device's clock differs from the server's. */
export interface ActorClock {
  offsetMs: number;
  /** Milliseconds a millisecond. */
  readonly drift: number;
}
