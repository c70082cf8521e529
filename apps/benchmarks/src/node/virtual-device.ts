import 'fake-indexeddb/auto';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { type ChatMessage } from '@chat-vault/core';
import {
  ChatVaultEngine,
  type ChatVaultEngineParts,
  type Environment,
} from '@chat-vault/vault-engine';
import { IDBFactory } from 'fake-indexeddb';
import { randomUuid, seededRandom } from '../data/seeded-random.ts';

/** The time of a measurement that lasts for years: it passes when the measurement says so. */
export interface VirtualClock {
  /** Unix milliseconds. */
  now: number;
}

/** A device with a database of its own, in memory. */
export interface VirtualDevice {
  readonly storage: ChatStorage;
  readonly engine: ChatVaultEngine;
}

let devices = 0;

/** Opens a new device of that clock over a cloud. */
export async function openDevice(
  clock: VirtualClock,
  cloud: CloudStorage,
  parts: Partial<ChatVaultEngineParts> = {},
): Promise<VirtualDevice> {
  const number = ++devices;
  const storage = await openIdbChatStorage({
    indexedDB: new IDBFactory(),
    name: 'bench',
    deviceId: number.toString(16).padStart(16, '0'),
    now: () => clock.now,
    openChannel: () => undefined,
  });
  const environment = environmentOf(clock, number);
  const engine = new ChatVaultEngine({ locks: null, ...parts, storage, cloud, environment });
  return { storage, engine };
}

/** Saves messages in portions that a person's import would have too. */
export async function saveAll(
  storage: ChatStorage,
  messages: readonly ChatMessage[],
): Promise<void> {
  for (let start = 0; start < messages.length; start += 2_000)
    await storage.save(messages.slice(start, start + 2_000));
}

function environmentOf(clock: VirtualClock, seed: number): Environment {
  const random = seededRandom(seed);
  return {
    now: () => clock.now,
    monotonic: () => clock.now,
    random,
    uuid: () => randomUuid(random, clock.now),
    // The heartbeat of the lock waits until its work is done; every other wait is over at once.
    sleep: (_ms, signal) =>
      signal === undefined
        ? Promise.resolve()
        : new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason), { once: true });
          }),
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  };
}
