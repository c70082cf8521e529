import { type ChatStorage } from '@chat-vault/chat-storage';
import { memoryChatStorage } from '@chat-vault/chat-storage/testing';
import { type CloudStorage } from '@chat-vault/cloud-storage';
import { memoryCloud } from '@chat-vault/cloud-storage/memory';
import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type ChatMessage, mergeContents, type VaultContent } from '@chat-vault/core';
import { IDBFactory } from 'fake-indexeddb';
import { ChatVaultEngine } from '../chat-vault-engine.js';
import { type ChatVaultEngineParts } from '../engine-parts.js';
import { DEFAULT_ENGINE_OPTIONS } from '../engine-options.js';
import { type Environment } from '../environment.js';
import { copyDatabase } from './database-image.js';

/** A minute, an hour and a day in milliseconds. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const HEARTBEAT_MS = DEFAULT_ENGINE_OPTIONS.lockTimeoutMs / 5;

/** The clocks, ids and randomness of a test; time passes only when the test says so. */
export class World {
  /** Unix milliseconds of the server and of every device that has no clock of its own. */
  now = Date.UTC(2024, 5, 15, 12);
  readonly random: () => number;
  readonly cloud = memoryCloud({ now: () => this.now });
  #ids = 0;
  #devices = 0;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  /** Lets time pass for everybody. */
  pass(ms: number): void {
    this.now += ms;
  }

  /** A new device with a database of its own. */
  async device(parts: DeviceParts = {}): Promise<Device> {
    const number = ++this.#devices;
    const now = parts.now ?? (() => this.now);
    const database = { indexedDB: new IDBFactory(), name: 'world' };
    const deviceId = number.toString(16).padStart(16, '0');
    const storage = parts.storage ?? (await memoryChatStorage({ ...database, deviceId, now }));
    return new Device(this, { storage, database }, { ...parts, now });
  }

  /** A device that begins as a disk image of another one, with the same device id. */
  async clone(device: Device, parts: DeviceParts = {}): Promise<Device> {
    const { database, parts: old } = device;
    const { storage: _storage, now: _now, ...rest } = old;
    const now = parts.now ?? (() => this.now);
    const copy = { indexedDB: new IDBFactory(), name: database.name };
    await copyDatabase(database.indexedDB, copy.indexedDB, database.name);
    const storage = await memoryChatStorage({ ...copy, now });
    return new Device(this, { storage, database: copy }, { ...rest, ...parts, now });
  }

  /** Another world that begins as this one is now; its devices are copies of those given. */
  async fork<Devices extends readonly Device[]>(
    devices: Devices,
  ): Promise<{ readonly world: World; readonly devices: { [Index in keyof Devices]: Device } }> {
    const world = new World();
    world.now = this.now;
    world.cloud.restore(this.cloud.snapshot());
    world.#ids = this.#ids;
    world.#devices = this.#devices;
    const copies = await Promise.all(devices.map((device) => world.clone(device)));
    return { world, devices: copies as { [Index in keyof Devices]: Device } };
  }

  environment(now: () => number): Environment {
    return {
      now,
      monotonic: () => this.now,
      sleep: (ms, signal) => this.#sleep(ms, signal),
      random: this.random,
      uuid: () => this.#uuid(now()),
      yield: () => Promise.resolve(),
    };
  }

  /** Heartbeats wait until their work is done; every other wait is over at once, and the time has passed. */
  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (signal && ms === HEARTBEAT_MS)
      return new Promise((_, reject) => rejectOnAbort(signal, reject));
    this.now += ms;
    return Promise.resolve();
  }

  /** A UUIDv7 whose order is that of creation. */
  #uuid(ms: number): string {
    const time = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
    const count = (++this.#ids).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`;
  }
}

/** How a device differs from the usual. */
export interface DeviceParts extends Partial<Omit<ChatVaultEngineParts, 'storage'>> {
  readonly storage?: ChatStorage;
  readonly now?: () => number;
}

/** Where a device keeps its database. */
export interface DeviceDatabase {
  readonly indexedDB: IDBFactory;
  readonly name: string;
}

/** A storage and an engine. */
export class Device {
  readonly world: World;
  readonly storage: ChatStorage;
  readonly database: DeviceDatabase;
  readonly parts: DeviceParts & { readonly now: () => number };

  constructor(
    world: World,
    disk: { readonly storage: ChatStorage; readonly database: DeviceDatabase },
    parts: DeviceParts & { readonly now: () => number },
  ) {
    this.world = world;
    this.storage = disk.storage;
    this.database = disk.database;
    this.parts = parts;
  }

  /** The same device after it got a key, or lost it. */
  with(parts: Pick<DeviceParts, 'codec' | 'opens'>): Device {
    const { codec: _codec, opens: _opens, ...rest } = this.parts;
    return new Device(
      this.world,
      { storage: this.storage, database: this.database },
      { ...rest, ...parts },
    );
  }

  /** A new engine over the same storage, as after a restart; through another cloud or a wrapped storage when given. */
  engine(
    cloud: CloudStorage = this.parts.cloud ?? this.world.cloud,
    storage: ChatStorage = this.storage,
  ): ChatVaultEngine {
    const { now, storage: _storage, ...parts } = this.parts;
    return new ChatVaultEngine({
      locks: null,
      ...parts,
      storage,
      cloud,
      environment: { ...this.world.environment(now), ...parts.environment },
    });
  }

  sync() {
    return this.engine().sync();
  }

  /** Saves text messages, one a minute, and gives them. */
  async write(count: number, options: MessageOptions = {}): Promise<readonly ChatMessage[]> {
    const messages = makeMessages(count, { at: this.world.now, ...options });
    await this.storage.save(messages);
    return messages;
  }

  /** Everything that is stored, merged and in order. */
  async content(): Promise<VaultContent> {
    const contents: VaultContent[] = [];
    for await (const content of this.storage.exportAll()) contents.push(content);
    return mergeContents(contents);
  }

  /** The texts of the messages that are shown, in the order of keys. */
  async texts(): Promise<readonly string[]> {
    return (await this.content()).messages.map((message) => textOf(message));
  }
}

/** Where made messages go. */
export interface MessageOptions {
  readonly conversationUrn?: string;
  /** Unix milliseconds of the first. */
  readonly at?: number;
  readonly stepMs?: number;
  readonly prefix?: string;
  readonly senderId?: string;
}

/** Messages one step apart, with ids and texts that say which they are. */
export function makeMessages(count: number, options: MessageOptions = {}): readonly ChatMessage[] {
  const {
    conversationUrn = 'urn:chat:a',
    at = 0,
    stepMs = MINUTE,
    prefix = 'm',
    senderId = 'ann',
  } = options;
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}`,
    conversationUrn,
    senderId,
    typeId: 'text/plain',
    sentTimestamp: new Date(at + index * stepMs).toISOString(),
    payloadBytes: new TextEncoder().encode(`${prefix} ${index}`),
  }));
}

/** The payload as text. */
export const textOf = (message: ChatMessage): string =>
  new TextDecoder().decode(message.payloadBytes);

function rejectOnAbort(signal: AbortSignal, reject: (reason: unknown) => void): void {
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
}
