import { type VaultCodec } from '@chat-vault/core';
import { type Device, World } from '../testing/world.js';
import { type Actor } from './actor.js';
import { CloudReader } from './cloud-content.js';
import { Dice } from './dice.js';
import { EventLog } from './event-log.js';
import { Oracle } from './oracle.js';
import { SealAudit } from './seal-audit.js';
import { type MakeCodec, realCodec, seededCodecParts } from './seeded-codec.js';

/** The conversations of every scenario. */
export const URNS = ['urn:marker:a', 'urn:marker:b', 'urn:marker:c'];

/** What happens in a scenario besides. */
export interface ScenarioOptions {
  /** Whether files in the cloud are altered, torn and removed behind everybody's back. */
  readonly isDamaging?: boolean;
  /** Whether somebody turns encryption on in the middle, others follow sooner or later, and plain files are put into the encrypted vault. */
  readonly isSealing?: boolean;
  /** Which codec seals; the real one by default. */
  readonly makeCodec?: MakeCodec;
}

/** The world of one scenario, who acts in it, and what was noted. */
export class Scene {
  readonly seed: number;
  readonly isDamaging: boolean;
  readonly isSealing: boolean;
  readonly log = new EventLog();
  readonly dice: Dice;
  readonly world: World;
  readonly codec: VaultCodec;
  readonly audit = new SealAudit();
  readonly oracle: Oracle;
  readonly actors: Actor[] = [];
  /** Whether the service sometimes keeps a part of a file and says that all is well. */
  readonly tearsSilently: boolean;
  /** Paths that were written by devices without the key. */
  readonly plain = new Set<string>();
  /** Paths of plain files that a stranger put there. */
  readonly planted: string[] = [];
  #numbers = 0;

  private constructor(
    seed: number,
    { isDamaging = false, isSealing = false }: ScenarioOptions,
    codec: VaultCodec,
  ) {
    this.seed = seed;
    this.isDamaging = isDamaging;
    this.isSealing = isSealing;
    this.dice = new Dice(seed * 7919);
    this.world = new World(seed);
    this.codec = codec;
    this.oracle = new Oracle(new CloudReader(this.world.cloud, this.codec));
    this.tearsSilently = this.dice.chance(0.2);
  }

  static async open(seed: number, options: ScenarioOptions): Promise<Scene> {
    const { makeCodec = realCodec } = options;
    return new Scene(seed, options, makeCodec(await seededCodecParts(seed)));
  }

  get devices(): readonly Device[] {
    return this.actors.map(({ device }) => device);
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
}
