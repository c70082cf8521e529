import { seededRandom } from '@chat-vault/cloud-storage/testing';
import { type VaultCodec } from '@chat-vault/core';
import { sealingCodec } from '../testing/sealing-codec.js';
import { type Device, World } from '../testing/world.js';
import { type Actor } from './actor.js';
import { CloudReader } from './cloud-content.js';
import { Dice } from './dice.js';
import { Oracle } from './oracle.js';

/** The conversations of every scenario. */
export const URNS = ['urn:chat:a', 'urn:chat:b', 'urn:chat:c'];

/** What happens in a scenario besides. */
export interface ScenarioOptions {
  /** Whether files in the cloud are altered, torn and removed behind everybody's back. */
  readonly isDamaging?: boolean;
  /** Whether somebody turns encryption on in the middle, others follow sooner or later, and plain files are put into the encrypted vault. */
  readonly isSealing?: boolean;
}

/** The world of one scenario, who acts in it, and what was noted. */
export class Scene {
  readonly seed: number;
  readonly isDamaging: boolean;
  readonly isSealing: boolean;
  /** What was done, for the one who reads a failure. */
  readonly log: string[] = [];
  readonly dice: Dice;
  readonly world: World;
  readonly codec: VaultCodec;
  readonly oracle: Oracle;
  readonly actors: Actor[] = [];
  /** Whether the service sometimes keeps a part of a file and says that all is well. */
  readonly tearsSilently: boolean;
  /** Paths that were written by devices without the key. */
  readonly plain = new Set<string>();
  /** Paths of plain files that a stranger put there. */
  readonly planted: string[] = [];
  #numbers = 0;

  constructor(seed: number, { isDamaging = false, isSealing = false }: ScenarioOptions) {
    this.seed = seed;
    this.isDamaging = isDamaging;
    this.isSealing = isSealing;
    this.dice = new Dice(seed * 7919);
    this.world = new World(seed);
    this.codec = sealingCodec(`key ${seed}`, seededRandom(seed * 104_729));
    this.oracle = new Oracle(new CloudReader(this.world.cloud, this.codec));
    this.tearsSilently = this.dice.chance(0.2);
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
    this.log.push(`${actor.name} ${what}`);
    await this.oracle.see(actor);
  }
}
