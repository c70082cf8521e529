import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import {
  type CloudFaults,
  faultyCloud,
  type FaultyCloud,
  seededRandom,
} from '@chat-vault/cloud-storage/testing';
import { ChatVaultError, gzipCodec, jsonCodec, type VaultCodec } from '@chat-vault/core';
import { type Entity } from '../model/entity.js';
import { DataOrchestrator } from '../orchestrator/data-orchestrator.js';
import { EntityKeyNameStrategy, type IEntityKeyStrategy } from '../strategy/entity-key-strategy.js';
import { EntityKeyMonthStrategy } from '../strategy/date-strategies.js';
import { type CloudTier, cloudTier } from '../tiers/cloud/cloud-tier.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { type IPersistence, type IStore } from '../tiers/persistence.js';
import { Crash, crashingPersistence, type DiskControl } from './crashing-persistence.js';
import { keyedCodec, type KeyRange } from './keyed-codec.js';
import { patchingMemory } from './patching-memory.js';
import { type Deed, SaveBook } from './save-book.js';
import { PlainPersistence } from './test-world.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** The names of entities in scenarios. */
export const NAMES = ['Contact', 'Label', '__proto__'];
const OWN_IDS = ['a', 'b.c', 'constructor', 'Contact.2025-06.abcdefghijkl'];

/** What the applications of a scenario keep. */
export interface Note extends Entity {
  readonly text: string;
  readonly when: Date;
  readonly nothing: undefined;
}

/** What happens in a scenario besides. */
export interface ScenarioOptions {
  /** Whether files in the clouds are altered, torn and removed behind everybody's back. */
  readonly isDamaging?: boolean;
}

/** A process over a disk: what dies in a crash and begins anew. */
export interface Process {
  readonly orchestrator: DataOrchestrator;
  readonly store: IStore;
  readonly control: DiskControl | undefined;
  readonly clouds: readonly FaultyCloud[];
  readonly tiers: readonly CloudTier[];
  /** What it did and the disk does not promise yet. */
  pending: Deed[];
}

/** One device of a person, perhaps with two tabs over one disk. */
export interface Device {
  readonly name: string;
  /** `undefined`: it keeps nothing. */
  readonly disk: IPersistence | undefined;
  readonly caches: readonly (IPersistence | undefined)[];
  readonly cloudIndexes: readonly number[];
  readonly acknowledged: SaveBook;
  offsetMs: number;
  /** Which keys it has; `null` while it writes plain files. */
  keys: KeyRange | null;
  processes: Process[];
}

/** The devices, disks and clouds of a scenario, and the chance that the seed gives. */
export class ScenarioWorld {
  readonly log: string[] = [];
  readonly book = new SaveBook();
  readonly clouds: MemoryCloud[] = [];
  readonly shared: FaultyCloud[] = [];
  readonly devices: Device[] = [];
  readonly ids: string[] = [...OWN_IDS];
  /** Devices whose disks may have changed since they were checked. */
  readonly touched = new Set<Device>();
  readonly isDamaging: boolean;
  readonly #random: () => number;
  readonly #seed: number;
  readonly #tearsSilently: boolean;
  readonly #faults: CloudFaults;
  readonly #strategy: IEntityKeyStrategy;
  /** In plain JSON an altered byte may go unnoticed. */
  readonly #codec: VaultCodec;
  now = Date.UTC(2025, 5, 15, 12);
  isCalm = false;
  /** The newest key that anybody made; `null` while nobody encrypts. */
  newestKey: number | null;
  #count = 0;
  #uuids = 0;

  constructor(seed: number, { isDamaging = false }: ScenarioOptions) {
    this.#seed = seed;
    this.#random = seededRandom(seed * 7919);
    this.isDamaging = isDamaging;
    this.#codec = isDamaging ? gzipCodec() : jsonCodec();
    this.#tearsSilently = this.chance(0.15);
    this.#faults = this.#drawFaults();
    this.#strategy = this.chance(0.5) ? new EntityKeyNameStrategy() : new EntityKeyMonthStrategy();
    this.newestKey = this.chance(0.3) ? 1 : null;
  }

  /** Makes the clouds and the devices. */
  async open(): Promise<void> {
    const cloudCount = this.between(1, 2);
    for (let index = 0; index < cloudCount; index++) {
      const cloud = memoryCloud({ now: () => this.now });
      this.clouds.push(cloud);
      const lag = this.chance(0.3) ? { lag: { ms: this.between(1, 20) * MINUTE } } : {};
      const duplicate = this.chance(0.2) ? 0.1 : 0;
      const faults = { duplicate, ...lag };
      this.shared.push(faultyCloud(cloud, { seed: this.#seed, now: () => this.now, faults }));
    }
    const count = this.between(1, 5);
    for (let index = 0; index < count; index++) await this.#addDevice(`d${index + 1}`);
  }

  /** All processes of all devices. */
  get processes(): readonly Process[] {
    return this.devices.flatMap((device) => device.processes);
  }

  /** A process of the device, over its disk or over none. */
  async start(device: Device): Promise<Process> {
    this.touched.add(device);
    const disk = device.disk && crashingPersistence(device.disk);
    const store = memoryStore();
    const orchestrator = await DataOrchestrator.create({
      prefix: 'app',
      store,
      ...(disk ? { local: disk.persistence } : {}),
      strategy: this.#strategy,
      schedule: 'manual',
      now: () => this.now + device.offsetMs,
      environment: {
        random: this.#random,
        randomBytes: (length) =>
          Uint8Array.from({ length }, () => Math.floor(this.#random() * 256)),
        isOnline: () => true,
      },
    });
    const clouds: FaultyCloud[] = [];
    const tiers: CloudTier[] = [];
    for (const index of device.cloudIndexes) {
      const cloud = faultyCloud(this.shared[index] as FaultyCloud, {
        seed: this.#seed * 31 + ++this.#count,
        faults: this.#faults,
      });
      if (this.isCalm) cloud.calm();
      const tier = this.#createTier(device, cloud, device.caches[index]);
      orchestrator.attachCloud(`cloud${index}`, tier);
      clouds.push(cloud);
      tiers.push(tier);
    }
    return { orchestrator, store, control: disk?.control, clouds, tiers, pending: [] };
  }

  /** A process in the place of another one, which is gone. */
  async replace(device: Device, process: Process): Promise<void> {
    const index = device.processes.indexOf(process);
    device.processes[index] = await this.start(device);
  }

  /** From now on these must not be lost. */
  acknowledge(device: Device, process: Process, deeds: readonly Deed[]): void {
    process.pending = process.pending.filter((deed) => !deeds.includes(deed));
    this.book.acknowledge(deeds);
    if (device.disk) device.acknowledged.acknowledge(deeds);
  }

  /** Does something that may fail as the world is. @throws for any other failure */
  async try(device: Device, what: string, work: () => Promise<void>): Promise<void> {
    this.touched.add(device);
    let outcome = 'ok';
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ChatVaultError) && !(error instanceof Crash)) throw error;
      outcome = error instanceof ChatVaultError ? error.code : 'crash';
    }
    this.log.push(`${device.name} ${what}: ${outcome}`);
  }

  pass(ms: number): void {
    this.log.push(`pass ${ms / HOUR} h`);
    this.now += ms;
  }

  /** A number that was not given before. */
  next(): number {
    return ++this.#count;
  }

  random(): number {
    return this.#random();
  }

  chance(chance: number): boolean {
    return this.#random() < chance;
  }

  between(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  any<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }

  /** What is plain is read where it is sealed, and what is sealed where it is plain, as by a person's own devices. */
  #createTier(device: Device, cloud: FaultyCloud, cache: IPersistence | undefined): CloudTier {
    const keys = () => device.keys ?? { oldest: 1, newest: this.newestKey ?? 1 };
    const sealed = keyedCodec(this.#codec, keys);
    const [codec, other] = device.keys ? [sealed, this.#codec] : [this.#codec, sealed];
    return cloudTier(cloud, codec, {
      alsoReads: [other],
      accountId: 'ann',
      now: () => this.now + device.offsetMs,
      newId: () => `01900000-0000-7000-8000-${(++this.#uuids).toString(16).padStart(12, '0')}`,
      ...(cache ? { cache } : {}),
    });
  }

  #drawFaults(): CloudFaults {
    const rate = this.chance(0.3) ? 0 : this.#random() * 0.1;
    return {
      offline: rate,
      lostReply: rate,
      tornUpload: rate,
      tornRead: rate / 2,
      tornSuccess: this.#tearsSilently ? 0.05 : 0,
      statuses: [
        { status: 503, chance: rate },
        { status: 429, chance: rate / 2 },
      ],
      ...(this.chance(0.3) ? { shortListing: { chance: 0.1, share: this.#random() } } : {}),
    };
  }

  async #addDevice(name: string): Promise<void> {
    // What only a cloud has is lost where files of clouds are damaged or torn unnoticed.
    const mayBeWithout = !this.isDamaging && !this.#tearsSilently;
    const isWithout = mayBeWithout && this.chance(0.15);
    const disk = isWithout ? undefined : this.#drawDisk();
    // All devices meet in the first cloud.
    const cloudIndexes = this.clouds
      .map((_, index) => index)
      .filter((index) => index === 0 || this.chance(0.5));
    const device: Device = {
      name,
      disk,
      caches: this.clouds.map(() => (this.chance(0.5) ? memoryStore() : undefined)),
      cloudIndexes,
      acknowledged: new SaveBook(),
      offsetMs: this.chance(0.3) ? (this.#random() * 6 - 3) * 365 * DAY : 0,
      keys: this.newestKey === null ? null : { oldest: 1, newest: this.newestKey },
      processes: [],
    };
    this.devices.push(device);
    const tabs =
      disk !== undefined && !(disk instanceof PlainPersistence) && this.chance(0.3) ? 2 : 1;
    this.log.push(
      `${name}: ${disk?.constructor.name ?? 'no disk'}, ${tabs} tabs, clouds ${cloudIndexes}, clock ${device.offsetMs / DAY} d`,
    );
    for (let tab = 0; tab < tabs; tab++) device.processes.push(await this.start(device));
  }

  #drawDisk(): IPersistence {
    if (this.chance(0.3)) return new PlainPersistence();
    return this.#seed % 2 === 0 ? memoryStore() : patchingMemory();
  }
}
