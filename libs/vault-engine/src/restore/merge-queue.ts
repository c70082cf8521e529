import { type VaultContent } from '@chat-vault/core';
import { type Run } from '../run/run.js';
import { concatenate } from './hydrate.js';
import { mergeHere } from './merge-here.js';

/** Records that may wait; whoever adds more waits for the merge before them, so that memory stays bounded. */
const MAX_WAITING = 5_000;

/**
 * Merges contents while the next ones are read: the storage mostly waits for the browser's storage process, decoding mostly computes. What comes while a
 * merge is under way waits, and is merged in one transaction after it.
 */
export class MergeQueue {
  readonly #run: Run;
  #waiting: VaultContent[] = [];
  #records = 0;
  #merging: Promise<void> | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Takes a content; rejects when an earlier one could not be merged. */
  async add(content: VaultContent): Promise<void> {
    const { messages, tombstones, reactions } = content;
    this.#waiting.push(content);
    this.#records += messages.length + tombstones.length + reactions.length;
    if (this.#merging === undefined) this.#mergeWaiting();
    else if (this.#records >= MAX_WAITING) {
      await this.#merging;
    }
  }

  /** Resolves when everything is merged. */
  async finish(): Promise<void> {
    while (this.#merging !== undefined) await this.#merging;
  }

  #mergeWaiting(): void {
    const content = concatenate(this.#waiting);
    this.#waiting = [];
    this.#records = 0;
    const merging = mergeHere(this.#run, content, {}).then(() => {
      this.#merging = undefined;
      if (this.#waiting.length > 0) this.#mergeWaiting();
    });
    merging.catch(() => undefined); // whoever adds too much, or finishes, is told
    this.#merging = merging;
  }
}
