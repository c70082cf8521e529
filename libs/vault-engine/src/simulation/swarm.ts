import { Dice } from './dice.js';

/** What may go wrong, and how often it is chosen for a run. */
const CHANCES = {
  // Networks and services.
  offline: 0.4,
  'lost-replies': 0.4,
  'torn-uploads': 0.35,
  'torn-reads': 0.15,
  statuses: 0.4,
  'slow-calls': 0.15,
  'token-death': 0.25,
  quota: 0.15,
  'short-listings': 0.3,
  'lagging-listings': 0.3,
  duplicates: 0.2,
  'lying-uploads': 0.12,
  // Devices.
  crashes: 0.7,
  freezes: 0.5,
  'two-tabs': 0.3,
  clocks: 0.45,
  'disk-images': 0.3,
  clones: 0.2,
  evictions: 0.2,
  absence: 0.12,
  // What is done to the folder.
  'trash-restored': 0.2,
  damage: 0.2,
  'hand-deleted': 0.15,
  rollback: 0.1,
  // Encryption is turned on, and strangers put plain files there.
  encryption: 0.35,
  'planted-files': 0.3,
} as const;

/** One thing that may go wrong. */
export type FaultKind = keyof typeof CHANCES;

/** All of them. */
export const FAULT_KINDS = Object.keys(CHANCES) as readonly FaultKind[];

/** By these the cloud loses what it had, so that only the devices can mend it. */
const DESTRUCTIVE: readonly FaultKind[] = ['damage', 'hand-deleted', 'rollback'];

/** What a run is told besides its seed. */
export interface SwarmOptions {
  /** Whether files in the cloud are damaged, removed or taken back; by default the seed decides. */
  readonly isDamaging?: boolean;
  /** Whether encryption is turned on in the middle; by default the seed decides. */
  readonly isSealing?: boolean;
  /** Kinds that are there in any case. */
  readonly with?: readonly FaultKind[];
  /** Kinds that are left out; the others stay as they are. */
  readonly without?: readonly FaultKind[];
}

/** The kinds of faults of one run, each with a strength from 0 to 1 (swarm testing: a fault that is always there hides others). */
export class Swarm {
  readonly #strengths = new Map<FaultKind, number>();
  readonly #drawn: ReadonlySet<FaultKind>;

  constructor(seed: number, options: SwarmOptions = {}) {
    const { isDamaging, isSealing, without = [] } = options;
    for (const [index, kind] of FAULT_KINDS.entries()) {
      const dice = new Dice(mixed(seed, 1_000 + index));
      const isDrawn = dice.chance(CHANCES[kind]);
      if (isDrawn) this.#strengths.set(kind, dice.roll());
    }
    const force = (kind: FaultKind, isOn: boolean | undefined) => {
      if (isOn === false) this.#strengths.delete(kind);
      if (isOn === true && !this.has(kind)) this.#strengths.set(kind, 0.5);
    };
    if (isDamaging !== undefined && isDamaging !== this.isDestructive)
      DESTRUCTIVE.forEach((kind) => force(kind, isDamaging && kind === 'damage'));
    force('encryption', isSealing);
    for (const kind of options.with ?? []) force(kind, true);
    this.#drawn = new Set(this.#strengths.keys());
    for (const kind of without) this.#strengths.delete(kind);
  }

  /** Whether the cloud may lose what it had. */
  get isDestructive(): boolean {
    return DESTRUCTIVE.some((kind) => this.has(kind));
  }

  get kinds(): readonly FaultKind[] {
    return [...this.#strengths.keys()];
  }

  /** Whether it is there, or would be if it were not left out: what is decided by this stays when it is left out. */
  isDrawn(kind: FaultKind): boolean {
    return this.#drawn.has(kind);
  }

  has(kind: FaultKind): boolean {
    return this.#strengths.has(kind);
  }

  /** A share of `most` by the strength of that kind, 0 where it is absent. */
  rate(kind: FaultKind, most: number): number {
    return most * (this.#strengths.get(kind) ?? 0);
  }
}

/** A seed for a part of a run, so that what is left out elsewhere does not change it. */
export const mixed = (seed: number, part: number): number =>
  Math.imul(seed, 0x9e3779b1) ^ Math.imul(part + 1, 0x85ebca6b);
