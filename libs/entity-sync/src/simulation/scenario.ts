import { CloudError } from '@chat-vault/cloud-storage';
import { memoryCloud, type MemoryCloud } from '@chat-vault/cloud-storage/memory';
import {
  type CloudFaults,
  faultyCloud,
  type FaultyCloud,
  seededRandom,
} from '@chat-vault/cloud-storage/testing';
import { ChatVaultError, gzipCodec, jsonCodec, type VaultCodec } from '@chat-vault/core';
import { type Entity } from '../model/entity.js';
import { canonicalText } from '../model/canonical-text.js';
import { type EntityKeyData } from '../model/entity-key-data.js';
import { lastWriterWins } from '../merge/conflict-resolver.js';
import { mergeEntityKeyData } from '../merge/merge-entity-key-data.js';
import { DataOrchestrator } from '../orchestrator/data-orchestrator.js';
import { EntityKeyNameStrategy, type IEntityKeyStrategy } from '../strategy/entity-key-strategy.js';
import { EntityKeyMonthStrategy } from '../strategy/date-strategies.js';
import { BlobTier } from '../sync/blob-tier.js';
import { cloudTier } from '../tiers/cloud/cloud-tier.js';
import { memoryStore } from '../tiers/memory/memory-store.js';
import { type IPersistence, type IStore } from '../tiers/persistence.js';
import { patchingMemory } from './patching-memory.js';
import { Crash, crashingPersistence, type DiskControl } from './crashing-persistence.js';
import { type Deed, SaveBook } from './save-book.js';
import { PlainPersistence } from './test-world.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = 40;
const NAMES = ['Contact', 'Label', '__proto__'];
const OWN_IDS = ['a', 'b.c', 'constructor', 'Contact.2025-06.abcdefghijkl'];

interface Note extends Entity {
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
interface Process {
  readonly orchestrator: DataOrchestrator;
  readonly store: IStore;
  readonly control: DiskControl | undefined;
  readonly clouds: readonly FaultyCloud[];
  /** What it did and the disk does not promise yet. */
  pending: Deed[];
}

/** One device of a person, perhaps with two tabs over one disk. */
interface Device {
  readonly name: string;
  /** `undefined`: it keeps nothing. */
  readonly disk: IPersistence | undefined;
  readonly caches: readonly (IPersistence | undefined)[];
  readonly cloudIndexes: readonly number[];
  readonly acknowledged: SaveBook;
  offsetMs: number;
  processes: Process[];
}

/**
 * Up to five devices save, delete, sync, crash and restart with clouds that fail, all decided by the seed; then the faults stop. Checks that nothing acknowledged is lost, no
 * deletion undone and nothing invented, that all devices come to the same, and that a further sync reads metadata only and writes nothing.
 * @throws with the seed and what was done
 */
export async function runScenario(seed: number, options: ScenarioOptions = {}): Promise<void> {
  const scenario = new Scenario(seed, options);
  try {
    await scenario.run();
  } catch (error) {
    const stack = error instanceof Error ? error.stack : String(error);
    throw new Error(`seed ${seed}: ${stack}\n${scenario.log.join('\n')}`, { cause: error });
  }
}

class Scenario {
  readonly log: string[] = [];
  readonly #random: () => number;
  readonly #seed: number;
  readonly #isDamaging: boolean;
  readonly #tearsSilently: boolean;
  readonly #faults: CloudFaults;
  readonly #strategy: IEntityKeyStrategy;
  /** In plain JSON an altered byte may go unnoticed. */
  readonly #codec: VaultCodec;
  readonly #book = new SaveBook();
  readonly #clouds: MemoryCloud[] = [];
  readonly #shared: FaultyCloud[] = [];
  readonly #devices: Device[] = [];
  readonly #ids: string[] = [...OWN_IDS];
  /** Devices whose disks may have changed since they were checked. */
  readonly #touched = new Set<Device>();
  #now = Date.UTC(2025, 5, 15, 12);
  #count = 0;
  #uuids = 0;
  #isCalm = false;

  constructor(seed: number, { isDamaging = false }: ScenarioOptions) {
    this.#seed = seed;
    this.#random = seededRandom(seed * 7919);
    this.#isDamaging = isDamaging;
    this.#codec = isDamaging ? gzipCodec() : jsonCodec();
    this.#tearsSilently = this.#chance(0.15);
    this.#faults = this.#drawFaults();
    this.#strategy = this.#chance(0.5) ? new EntityKeyNameStrategy() : new EntityKeyMonthStrategy();
  }

  async run(): Promise<void> {
    const cloudCount = this.#between(1, 2);
    for (let index = 0; index < cloudCount; index++) {
      const cloud = memoryCloud({ now: () => this.#now });
      this.#clouds.push(cloud);
      const lag = this.#chance(0.3) ? { lag: { ms: this.#between(1, 20) * MINUTE } } : {};
      const duplicate = this.#chance(0.2) ? 0.1 : 0;
      const faults = { duplicate, ...lag };
      this.#shared.push(faultyCloud(cloud, { seed: this.#seed, now: () => this.#now, faults }));
    }
    const count = this.#between(1, 5);
    for (let index = 0; index < count; index++) await this.#addDevice(`d${index + 1}`);
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      await this.#checkDisks();
    }
    await this.#converge();
  }

  #drawFaults(): CloudFaults {
    const rate = this.#chance(0.3) ? 0 : this.#random() * 0.1;
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
      ...(this.#chance(0.3) ? { shortListing: { chance: 0.1, share: this.#random() } } : {}),
    };
  }

  async #addDevice(name: string): Promise<void> {
    // What only a cloud has is lost where files of clouds are damaged or torn unnoticed.
    const mayBeWithout = !this.#isDamaging && !this.#tearsSilently;
    const isWithout = mayBeWithout && this.#chance(0.15);
    const disk = isWithout ? undefined : this.#drawDisk();
    // All devices meet in the first cloud.
    const cloudIndexes = this.#clouds
      .map((_, index) => index)
      .filter((index) => index === 0 || this.#chance(0.5));
    const device: Device = {
      name,
      disk,
      caches: this.#clouds.map(() => (this.#chance(0.5) ? memoryStore() : undefined)),
      cloudIndexes,
      acknowledged: new SaveBook(),
      offsetMs: this.#chance(0.3) ? (this.#random() * 6 - 3) * 365 * DAY : 0,
      processes: [],
    };
    this.#devices.push(device);
    const tabs =
      disk !== undefined && !(disk instanceof PlainPersistence) && this.#chance(0.3) ? 2 : 1;
    this.log.push(
      `${name}: ${disk?.constructor.name ?? 'no disk'}, ${tabs} tabs, clouds ${cloudIndexes}, clock ${device.offsetMs / DAY} d`,
    );
    for (let tab = 0; tab < tabs; tab++) device.processes.push(await this.#start(device));
  }

  #drawDisk(): IPersistence {
    if (this.#chance(0.3)) return new PlainPersistence();
    return this.#seed % 2 === 0 ? memoryStore() : patchingMemory();
  }

  async #start(device: Device): Promise<Process> {
    this.#touched.add(device);
    const disk = device.disk && crashingPersistence(device.disk);
    const store = memoryStore();
    const orchestrator = await DataOrchestrator.create({
      prefix: 'app',
      store,
      ...(disk ? { local: disk.persistence } : {}),
      strategy: this.#strategy,
      schedule: 'manual',
      now: () => this.#now + device.offsetMs,
      environment: {
        random: this.#random,
        randomBytes: (length) =>
          Uint8Array.from({ length }, () => Math.floor(this.#random() * 256)),
        isOnline: () => true,
      },
    });
    const clouds = device.cloudIndexes.map((index) => {
      const shared = this.#shared[index] as FaultyCloud;
      const cloud = faultyCloud(shared, {
        seed: this.#seed * 31 + ++this.#count,
        faults: this.#faults,
      });
      if (this.#isCalm) cloud.calm();
      const cache = device.caches[index];
      const tier = cloudTier(cloud, this.#codec, {
        now: () => this.#now + device.offsetMs,
        newId: () => this.#uuid(),
        ...(cache ? { cache } : {}),
      });
      orchestrator.attachCloud(`cloud${index}`, tier);
      return cloud;
    });
    return { orchestrator, store, control: disk?.control, clouds, pending: [] };
  }

  async #step(): Promise<void> {
    const device = this.#any(this.#devices);
    const process = this.#any(device.processes);
    const dice = this.#random();
    if (dice < 0.35) this.#work(device, process);
    else if (dice < 0.5) await this.#flush(device, process);
    else if (dice < 0.72) await this.#sync(device, process);
    else if (dice < 0.8) await this.#crash(device, process);
    else if (dice < 0.84) await this.#restart(device, process);
    else if (dice < 0.88) await this.#look(process);
    else if (dice < 0.92) this.#jump(device);
    else if (dice < 0.94 && this.#isDamaging) this.#damage();
    else if (dice < 0.95) this.#refuse(device, process);
    else this.#pass(this.#any([1, 5 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY]));
  }

  /** Saves and deletes at once, as an application does between two awaits. */
  #work(device: Device, process: Process): void {
    const deeds = this.#between(1, 4);
    process.orchestrator.batch(() => {
      for (let count = 0; count < deeds; count++) this.#deed(device, process);
    });
  }

  #deed(device: Device, { orchestrator, store, pending }: Process): void {
    const entityName = this.#any(NAMES);
    const repo = orchestrator.repo<Note>(entityName);
    const kept = (id: string) => findInStore(store, entityName, id);
    const dice = this.#random();
    if (dice < 0.3 && this.#ids.length > 0) {
      const id = this.#any(this.#ids);
      const before = kept(id);
      repo.delete(id);
      pending.push(this.#book.delete(entityName, id, before));
      this.log.push(`${device.name} deletes ${entityName} ${id}`);
      return;
    }
    const text = `${device.name} ${++this.#count}`;
    const note = { text, when: new Date(this.#now), nothing: undefined };
    const id = dice < 0.7 ? repo.save({ ...note, id: this.#any(this.#ids) }) : repo.save(note);
    if (!this.#ids.includes(id)) this.#ids.push(id);
    const entity = kept(id);
    if (!entity) throw new Error(`${entityName} ${id} was saved and is not in the store`);
    pending.push(this.#book.save(entityName, id, entity));
    this.log.push(
      `${device.name} saves ${entityName} ${id} "${text}" at ${entity.updatedAt?.toISOString()}`,
    );
  }

  async #flush(device: Device, process: Process): Promise<void> {
    const pending = [...process.pending];
    await this.#try(device, 'flush', async () => {
      await process.orchestrator.flush();
      this.#acknowledge(device, process, pending);
    });
  }

  #acknowledge(device: Device, process: Process, deeds: readonly Deed[]): void {
    process.pending = process.pending.filter((deed) => !deeds.includes(deed));
    this.#book.acknowledge(deeds);
    if (device.disk) device.acknowledged.acknowledge(deeds);
  }

  /** A sync with all tiers; at some call of it somebody else works, or the same device does. */
  async #sync(device: Device, process: Process): Promise<void> {
    const undo = this.#chance(0.5) ? this.#interrupt(process) : () => undefined;
    const pending = [...process.pending];
    await this.#try(device, 'sync', async () => {
      await process.orchestrator.syncNow();
      this.#acknowledge(device, process, pending);
    });
    undo();
  }

  #interrupt(process: Process): () => void {
    const device = this.#any(this.#devices);
    const other = this.#any(device.processes);
    const at = this.#between(0, 12);
    let calls = 0;
    const hook = async () => {
      if (calls++ !== at) return;
      this.log.push('  meanwhile:');
      this.#work(device, other);
      if (other === process) return;
      const pending = [...other.pending];
      await this.#try(device, 'meanwhile sync', async () => {
        await other.orchestrator.syncNow();
        this.#acknowledge(device, other, pending);
      });
    };
    const ends = process.clouds.map((cloud) => cloud.beforeCall(hook));
    if (process.control) process.control.before = hook;
    return () => {
      for (const end of ends) end();
      if (process.control) process.control.before = () => undefined;
    };
  }

  /** The process dies at some await of its work, and starts again with what its disk holds. */
  async #crash(device: Device, process: Process): Promise<void> {
    const isAfterEffect = this.#chance(0.5);
    if (this.#chance(0.3)) this.#work(device, process);
    process.control?.dieAfter(this.#between(0, 8), isAfterEffect);
    for (const cloud of process.clouds)
      cloud.stopAfter(this.#between(0, 8), { error: new Crash(), isLastReplyLost: isAfterEffect });
    await this.#try(device, 'dies in sync', () => process.orchestrator.syncNow());
    await this.#replace(device, process);
  }

  /** The page is left in good order. */
  async #restart(device: Device, process: Process): Promise<void> {
    const pending = [...process.pending];
    await this.#try(device, 'restart', () => process.orchestrator.unload());
    const [local] = process.orchestrator.states();
    if (device.disk && local?.error === null) this.#acknowledge(device, process, pending);
    await this.#replace(device, process);
  }

  async #replace(device: Device, process: Process): Promise<void> {
    const index = device.processes.indexOf(process);
    device.processes[index] = await this.#start(device);
  }

  async #look({ orchestrator }: Process): Promise<void> {
    const repo = orchestrator.repo<Note>(this.#any(NAMES));
    const id = this.#any(this.#ids);
    const all = await repo.getAll();
    const one = await repo.get(id);
    if (one && all.some((note) => note.id === id && canonicalText(note) !== canonicalText(one)))
      throw new Error(`get and getAll differ about ${id}`);
    this.log.push(`looks at ${all.length}`);
  }

  #jump(device: Device): void {
    device.offsetMs = this.#any([0, (this.#random() * 6 - 3) * 365 * DAY, -HOUR, 200 * 365 * DAY]);
    this.log.push(`${device.name}: clock jumps to ${device.offsetMs / DAY} d`);
  }

  #refuse(device: Device, { control }: Process): void {
    const calls = this.#between(1, 20);
    this.log.push(`the disk of ${device.name} refuses ${calls} calls`);
    control?.refuse(calls);
  }

  #damage(): void {
    const cloud = this.#any(this.#clouds);
    const files = cloud.files().filter(({ size }) => size > 0);
    if (files.length === 0) return;
    const { path, size } = this.#any(files);
    const bytes = Uint8Array.from(cloud.peek(path) ?? []);
    const how = this.#any(['alter', 'tear', 'drop']);
    this.log.push(`${how} ${path}`);
    cloud.drop(path);
    if (how === 'drop') return;
    const at = Math.floor(this.#random() * size);
    if (how === 'alter') bytes[at] = (bytes[at] ?? 0) ^ 1;
    cloud.poke(path, how === 'tear' ? bytes.subarray(0, at) : bytes);
  }

  #pass(ms: number): void {
    this.log.push(`pass ${ms / HOUR} h`);
    this.#now += ms;
  }

  async #try(device: Device, what: string, work: () => Promise<void>): Promise<void> {
    this.#touched.add(device);
    let outcome = 'ok';
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ChatVaultError) && !(error instanceof Crash)) throw error;
      outcome = error instanceof ChatVaultError ? error.code : 'crash';
    }
    this.log.push(`${device.name} ${what}: ${outcome}`);
  }

  async #checkDisks(): Promise<void> {
    for (const { name, disk, acknowledged } of this.#touched) {
      if (!disk) continue;
      const data = await dataOn(disk);
      acknowledged.checkNothingLost(() => data, `the disk of ${name}`);
      this.#book.checkNothingInvented(data, `the disk of ${name}`);
    }
    this.#touched.clear();
  }

  async #converge(): Promise<void> {
    this.log.push('the faults stop');
    this.#isCalm = true;
    for (const shared of this.#shared) shared.calm();
    const processes = this.#devices.flatMap((device) => device.processes);
    for (const { clouds, control } of processes) {
      for (const cloud of clouds) cloud.calm();
      control?.refuse(0);
    }
    // Who has read a file does not read it again, and learns only so that it was damaged since.
    if (this.#isDamaging)
      for (const { orchestrator } of processes) await verifyInCalm(orchestrator);
    let rounds = 0;
    do {
      if (++rounds > 8) throw new Error('the devices do not come to the same');
      for (const { orchestrator } of processes) {
        this.#pass(HOUR);
        await orchestrator.syncNow();
      }
    } while (new Set(await Promise.all(processes.map(everything))).size > 1 || rounds < 3);
    for (const device of this.#devices)
      for (const process of device.processes)
        this.#acknowledge(device, process, [...process.pending]);
    for (const device of this.#devices) this.#touched.add(device);
    await this.#checkDisks();
    for (const { name, disk } of this.#devices) {
      if (!disk) continue;
      const data = await dataOn(disk);
      this.#book.checkNothingLost(() => data, `at the end, ${name}`);
    }
    await this.#checkShown(processes);
    await this.#checkQuiet(processes);
  }

  /** What applications see is what the disks hold. */
  async #checkShown(processes: readonly Process[]): Promise<void> {
    const fresh = await this.#start(this.#devices[0] as Device);
    await fresh.orchestrator.syncNow();
    const shown = new Set(await Promise.all([...processes, fresh].map(everything)));
    if (shown.size > 1)
      throw new Error(`a process that begins sees something else: ${[...shown].join('\n')}`);
    const data = JSON.stringify([...shown]);
    this.log.push(`${data.length} characters everywhere`);
  }

  async #checkQuiet(processes: readonly Process[]): Promise<void> {
    for (const cloud of this.#clouds) cloud.clearRequests();
    const writes = () => processes.map(({ control }) => control?.writes ?? 0).join();
    const before = writes();
    for (const { orchestrator } of processes) {
      this.#pass(MINUTE);
      await orchestrator.syncNow();
    }
    const requests = this.#clouds.flatMap(({ requests: list }) => list);
    const others = requests.filter(({ kind }) => kind !== 'list');
    if (others.length > 0)
      throw new Error(`a further sync is not quiet: ${JSON.stringify(others)}`);
    if (writes() !== before)
      throw new Error(`a further sync writes to a disk: ${before}, ${writes()}`);
  }

  #uuid(): string {
    const number = (++this.#uuids).toString(16).padStart(12, '0');
    return `01900000-0000-7000-8000-${number}`;
  }

  #chance(chance: number): boolean {
    return this.#random() < chance;
  }

  #between(min: number, max: number): number {
    return min + Math.floor(this.#random() * (max - min + 1));
  }

  #any<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }
}

/** All that a process shows of all names. */
async function everything({ orchestrator }: Process): Promise<string> {
  const lists = await Promise.all(
    NAMES.map((name) => orchestrator.repo<Note>(name).getAll({ sort: [{ field: 'id' }] })),
  );
  return canonicalText(lists);
}

/** All that a disk holds, all keys in one. */
async function dataOn(disk: IPersistence): Promise<EntityKeyData> {
  const tier = new BlobTier('disk', disk, { prefix: 'app', resolver: lastWriterWins });
  let data: EntityKeyData = {};
  for (const key of Object.keys((await tier.loadMetadata()).entityKeys))
    data = mergeEntityKeyData(data, (await tier.loadKey(key)) ?? {});
  return data;
}

function findInStore(store: IStore, entityName: string, id: string): Entity | null {
  const keys = ['app.global', `app.${entityName}`, `app.${id.slice(0, -13)}`];
  for (const key of keys) {
    const entity = store.get(key, entityName, id);
    if (entity) return entity as Entity;
  }
  return null;
}

/** A listing that was under way when the faults stopped may still fail, and who asks meanwhile shares it: once for each of two clouds. */
async function verifyInCalm(orchestrator: DataOrchestrator): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      await orchestrator.verify();
      return;
    } catch (error) {
      if (!(error instanceof CloudError) || failures === 2) throw error;
    }
  }
}
