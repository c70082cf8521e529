import { type CloudFaults, faultyCloud, seededRandom } from '@chat-vault/cloud-storage/testing';
import {
  ChatVaultError,
  type ChatMessage,
  mergeContents,
  type VaultCodec,
  type VaultContent,
} from '@chat-vault/core';
import { contentLines } from '../testing/all-contents.js';
import { restoreEverything, syncUntilQuiet } from '../testing/convergence.js';
import { isSealedPath } from '../sealing/gate.js';
import { Crash, crashingStorage } from '../testing/crashing-storage.js';
import { alterByte, tear } from '../testing/damage.js';
import { DAY, type Device, HOUR, makeMessages, MINUTE, World } from '../testing/world.js';
import { CloudReader } from './cloud-content.js';
import { RecordBook, withoutPending } from './record-book.js';
import { refusesChange, SealedFiles, seededCodec } from './sealed-files.js';

const YEAR = 365 * DAY;
const STEPS = 40;
const URNS = ['urn:chat:a', 'urn:chat:b', 'urn:chat:c'];

/** One device of a scenario, with what it must never lose. */
interface Actor {
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

/** What happens in a scenario besides. */
export interface ScenarioOptions {
  /** Whether files in the cloud are altered, torn and removed behind everybody's back. */
  readonly isDamaging?: boolean;
  /** Whether somebody turns encryption on in the middle, others follow sooner or later, and plain files are put into the encrypted vault. */
  readonly isSealing?: boolean;
}

/**
 * Several devices write, sync, die and sleep for a while in a cloud with faults, all decided by the seed; then the faults stop. Checks I1, I2, I3, I7 and, with encryption, I9 of docs/sync-engine.md.
 * Where files were damaged, that after repairs the cloud holds all that any device has, that it verifies, and that a further repair writes nothing.
 * @throws with the seed and what was done
 */
export async function runScenario(seed: number, options: ScenarioOptions = {}): Promise<void> {
  const scenario = new Scenario(seed, options, await seededCodec(seed * 104_729));
  try {
    await scenario.run();
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${scenario.log.join('\n')}`, { cause: error });
  }
}

class Scenario {
  readonly log: string[] = [];
  readonly #random: () => number;
  readonly #world: World;
  readonly #reader: CloudReader;
  readonly #actors: Actor[] = [];
  readonly #tearsSilently: boolean;
  readonly #seed: number;
  readonly #isDamaging: boolean;
  readonly #isSealing: boolean;
  readonly #codec: VaultCodec;
  readonly #planted: string[] = [];
  #all: VaultContent = mergeContents([]);
  #acknowledged: VaultContent = mergeContents([]);
  #messages = 0;
  /** Paths that were written by devices without the key. */
  readonly #plain = new Set<string>();

  constructor(
    seed: number,
    { isDamaging = false, isSealing = false }: ScenarioOptions,
    codec: VaultCodec,
  ) {
    this.#seed = seed;
    this.#isDamaging = isDamaging;
    this.#isSealing = isSealing;
    this.#random = seededRandom(seed * 7919);
    this.#world = new World(seed);
    this.#codec = codec;
    new SealedFiles().watch(this.#world.cloud);
    this.#reader = new CloudReader(this.#world.cloud, this.#codec);
    this.#tearsSilently = this.#chance(0.2);
  }

  async run(): Promise<void> {
    await this.#prepare();
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      if (!this.#tearsSilently && !this.#isDamaging) await this.#checkAcknowledged();
    }
    this.log.push('the faults stop');
    for (const actor of this.#actors) actor.calm();
    if (this.#isSealing) await this.#unlockMost();
    await (this.#isDamaging ? this.#mend() : this.#converge());
    if (this.#isSealing) await this.#checkSealed();
    for (const { device } of this.#actors) await device.storage.close();
  }

  async #prepare(): Promise<void> {
    const shared = faultyCloud(this.#world.cloud, {
      seed: this.#seed,
      now: () => this.#world.now,
      faults: {
        duplicate: this.#chance(0.2) ? 0.1 : 0,
        ...(this.#chance(0.3) ? { lag: { ms: this.#between(1, 20) * MINUTE } } : {}),
      },
    });
    const options = {
      compactionThreshold: this.#between(2, 4),
      bulkRecords: this.#chance(0.2) ? 12 : 20_000,
      maxDeltaRecords: this.#chance(0.3) ? 3 : 5_000,
      segmentBytes: this.#chance(0.5) ? 700 : 128 * 1024,
      maxVaultBytes: this.#chance(0.3) ? 900 : 32 * 1024 * 1024,
      initialMessages: this.#between(1, 30),
    };
    const faults = this.#faults();
    const count = this.#between(2, 4);
    for (let index = 0; index < count; index++) {
      const offset = this.#chance(0.3) ? (this.#random() * 6 - 3) * YEAR : 0;
      const name = `d${index + 1}`;
      const cloud = faultyCloud(shared, { seed: this.#seed * 31 + index, faults });
      cloud.beforeCall((call) => this.#checkWritten(name, call));
      const now = () => this.#world.now + offset;
      const device = await this.#world.device({ options, cloud, now });
      this.#actors.push({
        device,
        name,
        isUnlocked: false,
        isLocked: false,
        calm: () => [cloud, shared].forEach((one) => one.calm()),
        seen: mergeContents([]),
      });
    }
    this.log.push(JSON.stringify({ options, faults, count, tearsSilently: this.#tearsSilently }));
  }

  #faults(): CloudFaults {
    const rate = this.#chance(0.3) ? 0 : this.#random() * 0.08;
    return {
      offline: rate,
      lostReply: rate,
      tornUpload: rate,
      tornSuccess: this.#tearsSilently ? 0.05 : 0,
      statuses: [
        { status: 503, chance: rate },
        { status: 429, chance: rate / 2 },
      ],
      ...(this.#chance(0.3) ? { shortListing: { chance: 0.1, share: this.#random() } } : {}),
    };
  }

  async #step(): Promise<void> {
    const actor = this.#any(this.#actors);
    if (this.#isSealing && this.#chance(0.12)) return this.#sealOrPlant(actor);
    const dice = this.#random();
    if (dice < 0.3) await this.#write(actor);
    else if (dice < 0.42) await this.#change(actor);
    else if (dice < 0.62) await this.#run(actor, 'sync', (device) => device.sync());
    else if (dice < 0.7) await this.#dieInSync(actor);
    else if (dice < 0.76) await this.#sleepInSync(actor);
    else if (dice < 0.79) await this.#run(actor, 'compact', (device) => device.engine().compact());
    else if (dice < 0.81) await this.#run(actor, 'repair', (device) => device.engine().repair());
    else if (dice < 0.84) await this.#run(actor, 'scroll', (device) => this.#scroll(device));
    else if (dice < 0.86) await this.#restoreImage(actor);
    else if (dice < 0.94 && this.#isDamaging) this.#damage();
    else this.#passTime();
  }

  #passTime(): void {
    const ms = this.#any([10 * MINUTE, 5 * HOUR, 2 * DAY, 9 * DAY, 20 * DAY]);
    this.log.push(`pass ${ms / HOUR} h`);
    this.#world.pass(ms);
  }

  #damage(): void {
    const { cloud } = this.#world;
    const files = cloud.files().filter(({ size }) => size > 0);
    if (files.length === 0) return;
    const { path, size } = this.#any(files);
    const how = this.#any(['alter', 'tear', 'drop'] as const);
    this.log.push(`${how} ${path}`);
    if (how === 'alter') alterByte(cloud, path, Math.floor(this.#random() * size));
    else if (how === 'tear') tear(cloud, path, this.#random());
    else cloud.drop(path);
  }

  async #write(actor: Actor): Promise<void> {
    const ago = this.#any([0, 0, 0, 0, this.#random() * 400 * DAY, this.#random() * 5 * YEAR]);
    const base = this.#chance(0.8) ? this.#world.now : actor.device.parts.now();
    const messages = makeMessages(this.#between(1, 4), {
      at: Math.floor(base - ago),
      conversationUrn: this.#any(URNS),
      prefix: `s${this.#seed}-${++this.#messages}`,
    });
    await actor.device.storage.save(messages);
    await this.#note(actor, `write ${messages.length} of ${messages[0]?.sentTimestamp}`);
  }

  async #change(actor: Actor): Promise<void> {
    const { messages } = actor.seen;
    const message = messages[Math.floor(this.#random() * messages.length)];
    if (!message) return;
    const { storage } = actor.device;
    const dice = this.#random();
    if (dice < 0.4) await storage.save(edited(message, ++this.#messages));
    else if (dice < 0.7) await storage.delete(message);
    else if (dice < 0.9) await storage.react(message, actor.name, this.#any(['👍', '❤️', null]));
    else await storage.clearConversation(message.conversationUrn, message.sentTimestamp);
    await this.#note(actor, `change ${message.id} ${dice.toFixed(2)}`);
  }

  async #run(
    actor: Actor,
    what: string,
    work: (device: Device) => Promise<unknown>,
  ): Promise<void> {
    let outcome = 'ok';
    try {
      await work(actor.device);
    } catch (error) {
      if (!(error instanceof ChatVaultError) && !(error instanceof Crash)) throw error;
      outcome = error instanceof ChatVaultError ? error.code : 'crash';
      actor.isLocked ||= outcome === 'locked';
      if (outcome === 'locked' && actor.isUnlocked && !this.#isDamaging)
        throw new Error(`${actor.name} has the key and is locked`, { cause: error });
    }
    await this.#note(actor, `${what}: ${outcome}`);
  }

  async #dieInSync(actor: Actor): Promise<void> {
    const after = this.#between(0, 14);
    const storage = crashingStorage(actor.device.storage, after).storage;
    await this.#run(actor, `sync that dies before storage write ${after + 1}`, (device) =>
      device.engine(undefined, storage).sync(),
    );
  }

  /** At some call of its sync the device sleeps, while another one works. */
  async #sleepInSync(actor: Actor): Promise<void> {
    const other = this.#any(this.#actors);
    const at = this.#between(1, 20);
    const ms = this.#any([0, MINUTE, HOUR, 3 * DAY, 9 * DAY]);
    if (other === actor) return;
    const cloud = faultyCloud(actor.device.parts.cloud ?? this.#world.cloud);
    let calls = 0;
    cloud.beforeCall(async () => {
      calls += 1;
      if (calls !== at) return;
      this.#world.pass(ms);
      await this.#run(other, 'meanwhile sync', (device) => device.sync());
    });
    await this.#run(actor, `sync that sleeps ${ms / HOUR} h before call ${at}`, (device) =>
      device.engine(cloud).sync(),
    );
  }

  async #scroll(device: Device): Promise<void> {
    const limit = this.#between(1, 10);
    await device.engine().loadOlder({ conversationUrn: this.#any(URNS), limit });
  }

  /** The disk of the device goes back to an image made before what it did since; nothing was pending. */
  async #restoreImage(actor: Actor): Promise<void> {
    const { records } = await actor.device.storage.pendingSummary('memory');
    // What was torn unnoticed is on this disk alone until its writer notices.
    if (records > 0 || this.#tearsSilently) return;
    // What it uploads plain while others seal is known to be its own on this disk alone.
    if (!actor.isUnlocked && this.#actors.some(({ isUnlocked }) => isUnlocked)) return;
    const image = await this.#world.clone(actor.device);
    const before = actor.seen;
    await this.#write(actor);
    await this.#run(actor, 'sync before its disk goes back', (device) => device.sync());
    const pending = await actor.device.storage.pendingSummary('memory');
    if (pending.records > 0) return;
    await actor.device.storage.close();
    actor.device = image;
    actor.seen = before;
    this.log.push(`${actor.name} is an older image`);
    // Who turns encryption on before listings show what only the lost disk knew leaves it out.
    if (this.#isSealing) this.#world.pass(HOUR);
  }

  /** I2, and nothing disappears from a device: each record is there in the version it had, or a later one. */
  async #note(actor: Actor, what: string): Promise<void> {
    this.log.push(`${actor.name} ${what}`);
    const { device } = actor;
    const content = await device.content();
    const lost = new RecordBook(content).lacking(actor.seen);
    if (lost.length > 0) throw new Error(`${actor.name} lost ${lost.join(', ')}`);
    actor.seen = mergeContents([actor.seen, content]);
    this.#all = mergeContents([this.#all, content]);
    const isConnected = (await device.storage.providers()).includes('memory');
    if (!isConnected) return;
    const limit = { records: 1_000_000, bytes: Number.MAX_SAFE_INTEGER };
    const pending = await device.storage.pendingFor('memory', limit);
    this.#acknowledged = mergeContents([
      this.#acknowledged,
      withoutPending(content, pending.content),
    ]);
  }

  /** I1: every record whose backup was acknowledged is readable from the cloud. */
  async #checkAcknowledged(): Promise<void> {
    const lost = new RecordBook(await this.#reader.content()).lacking(this.#acknowledged);
    if (lost.length > 0) throw new Error(`acknowledged and not in the cloud: ${lost.join(', ')}`);
  }

  /** I3 and I7. */
  async #converge(): Promise<void> {
    const devices = this.#actors.map((actor) => actor.device);
    this.#world.pass(2 * DAY);
    await syncUntilQuiet(this.#world, devices);
    await this.#checkAcknowledged();
    const fresh = await this.#freshDevice();
    await fresh.sync();
    const expected = contentLines(this.#all);
    for (const [index, device] of [...devices, fresh].entries()) {
      await restoreEverything(device);
      sameLines(contentLines(await device.content()), expected, `device ${index + 1}`);
    }
    await this.#checkVerified(devices);
    await fresh.storage.close();
  }

  /** Every device repairs; then nothing that any of them has is missing anywhere. */
  async #mend(): Promise<void> {
    const devices = this.#actors.map((actor) => actor.device);
    this.#world.pass(2 * DAY);
    for (let round = 0; round < 3; round++) {
      for (const device of devices) {
        await device.engine().repair();
        await device.sync();
      }
      await syncUntilQuiet(this.#world, devices);
    }
    this.#world.pass(10 * DAY);
    await syncUntilQuiet(this.#world, devices);
    const fresh = await this.#freshDevice();
    await fresh.sync();
    const contents: VaultContent[] = [];
    for (const device of [...devices, fresh]) {
      await restoreEverything(device);
      contents.push(await device.content());
    }
    const expected = contentLines(mergeContents(contents));
    for (const [index, device] of [...devices, fresh].entries()) {
      sameLines(contentLines(await device.content()), expected, `device ${index + 1}`);
      await this.#checkMended(device);
    }
    await fresh.storage.close();
  }

  #freshDevice(): Promise<Device> {
    return this.#world.device(this.#isSealing ? { codec: this.#codec } : {});
  }

  async #sealOrPlant(actor: Actor): Promise<void> {
    const isOn = this.#actors.some(({ isUnlocked }) => isUnlocked);
    if (isOn && this.#chance(0.5) && (await this.#isKnownToAll())) return this.#plant();
    if (actor.isUnlocked && this.#chance(0.6)) {
      const maxVaults = this.#any([1, 3, Number.POSITIVE_INFINITY]);
      return this.#run(actor, 'rewrite', (device) => device.engine().rewrite({ maxVaults }));
    }
    // The last one never unlocks before the faults stop.
    if (actor.isUnlocked || (isOn && actor === this.#actors.at(-1))) return;
    this.#unlock(actor);
    // The first one has to say so: otherwise what it does not know yet would not count.
    if (!isOn || this.#chance(0.7))
      await this.#run(actor, 'seal', (device) => device.engine().seal());
  }

  /** Whether no device takes plain files at their word any more. */
  async #isKnownToAll(): Promise<boolean> {
    for (const { device } of this.#actors) {
      const { documents } = await device.storage.syncState('memory');
      if (documents['encryption'] !== 'on') return false;
    }
    return true;
  }

  #unlock(actor: Actor): void {
    actor.device = actor.device.with({ codec: this.#codec });
    actor.isUnlocked = true;
    this.log.push(`${actor.name} has the key`);
  }

  /** A plain file of somebody who has no key. */
  async #plant(): Promise<void> {
    const other = new World(this.#seed + this.#planted.length + 1);
    other.now = this.#world.now;
    const eve = await other.device({ options: { bulkRecords: this.#any([1, 20_000]) } });
    await eve.write(2, { prefix: 'evil', conversationUrn: this.#any(URNS) });
    await eve.sync();
    for (const { path } of other.cloud.files()) {
      this.log.push(`plant ${path}`);
      this.#planted.push(path);
      this.#world.cloud.poke(path, other.cloud.peek(path) ?? new Uint8Array());
    }
    await eve.storage.close();
  }

  /** Who has the key writes nothing plain, save a file again that was there before. */
  #checkWritten(name: string, { operation, path }: { operation: string; path: string }): void {
    const writer = this.#actors.find((actor) => actor.name === name);
    if (operation !== 'create' || isSealedPath(path)) return;
    if (writer?.isUnlocked !== true) this.#plain.add(path);
    else if (!this.#plain.has(path)) throw new Error(`${name} wrote "${path}" with the key`);
  }

  /** All but one unlock. That one is refused, and keeps what it has; then it unlocks too. */
  async #unlockMost(): Promise<void> {
    if (this.#isDamaging) await this.#dropForeignKeys();
    const locked = this.#actors.at(-1);
    for (const actor of this.#actors)
      if (!actor.isUnlocked && actor !== locked) this.#unlock(actor);
    for (const actor of this.#actors)
      if (actor.isUnlocked) {
        await actor.device.engine().seal();
        await actor.device.sync();
      }
    if (locked === undefined || locked.isUnlocked) return;
    this.#world.pass(HOUR);
    await this.#run(locked, 'sync without the key', (device) => device.sync());
    // Where all sealed files were removed nobody can tell.
    if (!locked.isLocked && !this.#isDamaging)
      throw new Error('a device without the key was not locked');
    this.#unlock(locked);
  }

  /** Sealed files whose key id or magic was altered look like those of another vault or of a newer version, until a person removes them. */
  async #dropForeignKeys(): Promise<void> {
    const { cloud } = this.#world;
    for (const { path } of cloud.files())
      try {
        if (isSealedPath(path))
          await this.#codec.decode(cloud.peek(path) ?? new Uint8Array(), { kind: 'catalog' });
      } catch (error) {
        if (!(error instanceof ChatVaultError) || !isOfOthers(error)) continue;
        this.log.push(`drop ${path}, which is of no known key or version`);
        cloud.drop(path);
      }
  }

  /** No word of a message is in a sealed file, what was planted is on no device, and every file that is not sealed is known or planted. */
  async #checkSealed(): Promise<void> {
    const { cloud } = this.#world;
    for (const { path } of cloud.files()) {
      const text = new TextDecoder('latin1').decode(cloud.peek(path));
      if (!isSealedPath(path)) {
        if (!this.#plain.has(path) && !this.#planted.includes(path))
          throw new Error(`"${path}" is not sealed`);
      } else if (/urn:chat|evil|edit |"messages"/.test(text))
        throw new Error(`"${path}" shows what it holds`);
    }
    for (const { name, device } of this.#actors)
      if ((await device.texts()).some((one) => one.startsWith('evil')))
        throw new Error(`${name} took in what was planted`);
    if (this.#isDamaging) return;
    await this.#rewriteAll();
    for (const { path } of cloud.files().filter((file) => isSealedPath(file.path)))
      await refusesChange(path, cloud.peek(path) ?? new Uint8Array(), {
        codec: this.#codec,
        random: this.#random,
      });
    const strict = await this.#reader.content({ sealedOnly: true });
    const lost = new RecordBook(strict).lacking(this.#acknowledged);
    if (lost.length > 0) throw new Error(`not in the encrypted vault: ${lost.join(', ')}`);
  }

  /** Only what nobody had read when it was damaged may remain: a delta or a catalog. */
  async #checkMended(device: Device): Promise<void> {
    const { filesWritten } = await device.engine().repair();
    if (filesWritten > 0) throw new Error('a further repair wrote files');
    const report = await device.engine().verify();
    const { missing, unnamed, missingRecords, missingLocally } = report;
    const damaged = report.damaged.filter((path) => !/\/(deltas|catalogs)\//.test(path));
    const wrong = [missing, unnamed, damaged].flat().length + missingRecords + missingLocally;
    if (wrong > 0) throw new Error(`verify: ${JSON.stringify({ ...report, damaged })}`);
  }

  async #checkVerified(devices: readonly Device[]): Promise<void> {
    for (const device of devices) {
      const { missing, missingRecords, missingLocally } = await device.engine().verify();
      if (missing.length + missingRecords + missingLocally > 0)
        throw new Error(`verify: ${JSON.stringify({ missing, missingRecords, missingLocally })}`);
      const { filesWritten } = await device.sync();
      if (filesWritten > 0) throw new Error('a quiet system wrote files');
    }
  }

  /** All of it is sealed in the end, and still everything is there. */
  async #rewriteAll(): Promise<void> {
    const devices = this.#actors.map(({ device }) => device);
    for (const device of devices) await device.engine().rewrite();
    await syncUntilQuiet(this.#world, devices);
    this.#world.pass(8 * DAY);
    await syncUntilQuiet(this.#world, devices);
    for (const { name, device } of this.#actors) {
      const { plainFiles } = await device.engine().inventory();
      if (plainFiles > 0) throw new Error(`${name} still counts ${plainFiles} plain files`);
    }
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1));
  }

  #any<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item;
  }
}

const isOfOthers = ({ code }: ChatVaultError): boolean =>
  code === 'unknown-key' || code === 'upgrade-required';

function edited(message: ChatMessage & { readonly stamp?: unknown }, count: number): ChatMessage {
  const { stamp: _stamp, ...rest } = message;
  return { ...rest, payloadBytes: new TextEncoder().encode(`edit ${count}`) };
}

function sameLines(found: readonly string[], expected: readonly string[], who: string): void {
  const lacks = expected.filter((line) => !found.includes(line));
  const more = found.filter((line) => !expected.includes(line));
  if (lacks.length + more.length > 0)
    throw new Error(
      `${who} lacks ${lacks.join('; ') || 'nothing'} and has besides ${more.join('; ') || 'nothing'}`,
    );
}
