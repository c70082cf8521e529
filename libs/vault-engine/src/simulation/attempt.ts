import { ChatVaultError } from '@chat-vault/core';
import { Crash } from '../testing/crashing-storage.js';
import { type Device } from '../testing/world.js';
import { type Actor } from './actor.js';
import { type Scene } from './scene.js';

/** Lets the device work; failures that the engine may report, and crashes, are part of the play. Gives `ok`, the code of a failure, or `crash`. */
export async function attempt(
  scene: Scene,
  actor: Actor,
  what: string,
  work: (device: Device) => Promise<unknown>,
): Promise<string> {
  let outcome = 'ok';
  try {
    await work(actor.device);
  } catch (error) {
    if (!(error instanceof ChatVaultError) && !(error instanceof Crash)) throw error;
    outcome = error instanceof ChatVaultError ? error.code : 'crash';
    actor.isLocked ||= outcome === 'locked';
    if (outcome === 'locked' && actor.isUnlocked && !scene.isDamaging)
      throw new Error(`${actor.name} has the key and is locked`, { cause: error });
  }
  await scene.note(actor, `${what}: ${outcome}`);
  return outcome;
}
