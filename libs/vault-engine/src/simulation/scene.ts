import { faultyCloud, type FaultyCloud } from '@chat-vault/cloud-storage/testing';
import { type MemorySnapshot } from '@chat-vault/cloud-storage/memory';
import { type VaultCodec } from '@chat-vault/core';
import { type Device, World } from '../testing/world.js';
import { type Actor } from './actor.js';
import { serviceFaults } from './cast.js';
import { CloudReader } from './cloud-content.js';
import { Dice } from './dice.js';
import { EventLog } from './event-log.js';
import { Oracle } from './oracle.js';
import { SealAudit } from './seal-audit.js';
import { type MakeCodec, realCodec, seededCodecParts } from './seeded-codec.js';
import { mixed, Swarm, type SwarmOptions } from './swarm.js';

/** The conversations of every scenario. */
export const URNS = ['urn:marker:a', 'urn:marker:b', 'urn:marker:c'];

/** How a scenario differs from what its seed says. */
export interface ScenarioOptions extends SwarmOptions {
  /** Which codec seals; the real one by default. */
  readonly makeCodec?: MakeCodec;
  /** The steps that are taken, counted from 0; all by default. */
  readonly steps?: readonly number[];
}

/** The world of one scenario, who acts in it, and what was noted. */
export class Scene {
  readonly seed: number;
  readonly swarm: Swarm;
  readonly log = new EventLog();
  readonly world: World;
  /** What all devices share, with its faults. */
  readonly service: FaultyCloud;
  readonly codec: VaultCodec;
  readonly audit = new SealAudit();
  readonly oracle: Oracle;
  readonly actors: Actor[] = [];
  /** Paths that were written by devices without the key. */
  readonly plain = new Set<string>();
  /** Paths of plain files that a stranger put there. */
  readonly planted: string[] = [];
  /** What was removed, by path. */
  readonly trash = new Map<string, Uint8Array>();
  /** The cloud as it once was. */
  readonly snapshots: MemorySnapshot[] = [];
  #dice: Dice;
  #numbers = 0;
  #failure: Error | undefined;

  private constructor(seed: number, options: ScenarioOptions, codec: VaultCodec) {
    this.seed = seed;
    this.swarm = new Swarm(seed, options);
    this.#dice = new Dice(mixed(seed, 0));
    this.world = new World(seed);
    this.service = faultyCloud(this.world.cloud, {
      seed,
      now: () => this.world.now,
      faults: serviceFaults(this),
    });
    this.codec = codec;
    this.oracle = new Oracle(new CloudReader(this.world.cloud, codec));
  }

  static async open(seed: number, options: ScenarioOptions): Promise<Scene> {
    const { makeCodec = realCodec } = options;
    return new Scene(seed, options, makeCodec(await seededCodecParts(seed)));
  }

  /** Chance of this step; each step has its own, so that one which is left out changes no other. */
  get dice(): Dice {
    return this.#dice;
  }

  get devices(): readonly Device[] {
    return this.actors.map(({ device }) => device);
  }

  get isSealing(): boolean {
    return this.swarm.has('encryption');
  }

  /** Whether files in the cloud are damaged, removed or taken back behind everybody's back. */
  get isDamaging(): boolean {
    return this.swarm.isDestructive;
  }

  /** Whether the cloud keeps what it says it keeps. */
  get isCloudTrue(): boolean {
    return !this.isDamaging && !this.swarm.has('lying-uploads');
  }

  /** From here on chance is that of step number `index`. */
  beginStep(index: number): void {
    this.#dice = new Dice(mixed(this.seed, index + 1));
  }

  /** A device with an empty database, and with the key where there is one. */
  freshDevice(): Promise<Device> {
    return this.world.device(this.isSealing ? { codec: this.codec } : {});
  }

  /** 1, 2, 3, … */
  nextNumber(): number {
    return ++this.#numbers;
  }

  /** Notes what was done and what the device holds now. @throws when it lost something */
  async note(actor: Actor, what: string): Promise<void> {
    this.log.say(`${actor.name} ${what}`);
    await this.oracle.see(actor);
  }

  /** Notes a broken rule, wherever an error would not come through. */
  fail(what: string): void {
    this.#failure ??= new Error(what);
  }

  /** Notes what the check throws. */
  expect(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** @throws what was noted as broken */
  throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Ends all faults. */
  calm(): void {
    this.service.calm();
    for (const { network } of this.actors) network.calm();
  }
}
