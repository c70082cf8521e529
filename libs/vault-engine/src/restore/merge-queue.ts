import { type VaultContent } from '@chat-vault/core';
import { type Run } from '../run/run.js';
import { concatenate, RECORDS_A_TURN } from './hydrate.js';
import { mergeHere } from './merge-here.js';

/**
 * Merges contents while the next ones are read: the storage mostly waits for the browser's storage process, decoding mostly computes. Several contents make one
 * transaction; whoever is too far ahead waits, so that at most three are in memory.
 */
export class MergeQueue {
  readonly #run: Run;
  #waiting: VaultContent[] = [];
  #records = 0;
  #merging: Promise<unknown> = Promise.resolve();

  constructor(run: Run) {
    this.#run = run;
  }

  /** Takes a content; rejects when an earlier one could not be merged. */
  async add(content: VaultContent): Promise<void> {
    const { messages, tombstones, reactions } = content;
    this.#waiting.push(content);
    this.#records += messages.length + tombstones.length + reactions.length;
    if (this.#records >= RECORDS_A_TURN) await this.#mergeWaiting();
  }

  /** Resolves when everything is merged. */
  async finish(): Promise<void> {
    await this.#mergeWaiting();
    await this.#merging;
  }

  /** Sends what waits on its way; resolves when what was sent before is merged. */
  async #mergeWaiting(): Promise<void> {
    const content = concatenate(this.#waiting);
    const before = this.#merging;
    this.#waiting = [];
    this.#records = 0;
    const merging = before.then(() => mergeHere(this.#run, content, {}));
    merging.catch(() => undefined); // whoever adds or finishes next is told
    this.#merging = merging;
    await before;
  }
}
