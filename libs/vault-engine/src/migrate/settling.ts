import { LONGEST_WAIT_MS } from '../cloud/longest-wait.js';
import { type ListedVault } from './listed-vault.js';
import { type Move, noteProblem } from './move.js';

/**
 * Whether a listing shows all that was there when the vault began to be moved. A listing that is late by an hour shows what was written
 * an hour ago and before: so nothing at the source may be younger, nor the files that an earlier move left at the target. Nothing needs to
 * be kept between two moves for that, and each move brings over what showed up.
 */
export class Settling {
  readonly #move: Move;
  readonly #lagMs: number;
  /** When the last move, or else this one, was at work. */
  #movedAtMs: number | undefined;

  constructor(move: Move) {
    const { listingLagMs = 0 } = move.from.cloud;
    this.#move = move;
    this.#lagMs = listingLagMs > LONGEST_WAIT_MS ? listingLagMs : 0;
  }

  /** The first look, begun then. */
  begin({ source, target }: Sides, nowMs: number): void {
    const earlier = [...target.files.values()].filter(({ path }) => source.files.has(path));
    this.#movedAtMs = earlier.length === 0 ? nowMs : newest(earlier);
  }

  /** Notes it when the last look, begun then, came too early. */
  end({ source }: Pick<Sides, 'source'>, nowMs: number): void {
    if (this.#lagMs === 0) return;
    const from = Math.max(this.#movedAtMs ?? nowMs, newest([...source.files.values()]));
    if (from + this.#lagMs <= nowMs) return;
    noteUnsettled(this.#move, '', from + this.#lagMs);
  }
}

interface Sides {
  readonly source: ListedVault;
  readonly target: ListedVault;
}

/** Notes that something may still show up until then. */
export const noteUnsettled = (move: Move, path: string, untilMs: number): void => {
  move.lookAgainMs = Math.max(move.lookAgainMs, untilMs);
  const until = new Date(untilMs).toISOString();
  noteProblem(move, 'unsettled', path, `listings are late; move again after ${until}`);
};

const newest = (files: readonly { readonly modifiedMs: number }[]): number =>
  files.reduce((latest, { modifiedMs }) => Math.max(latest, modifiedMs || 0), 0);
