import { type CoverageChange } from '@chat-vault/chat-storage';
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
  #coverage: CoverageChange[] = [];
  #records = 0;
  #merging: Promise<void> | undefined;
  #isStopped = false;

  constructor(run: Run) {
    this.#run = run;
  }

  /** Takes a content; rejects when an earlier one could not be merged. */
  async add(content: VaultContent): Promise<void> {
    if (this.#isStopped) return;
    const { messages, tombstones, reactions } = content;
    this.#waiting.push(content);
    this.#records += messages.length + tombstones.length + reactions.length;
    if (this.#merging === undefined) this.#mergeWaiting();
    else if (this.#records >= MAX_WAITING) {
      await this.#merging;
    }
  }

  /** Takes what is known once everything added so far is merged; it commits with the last of that. */
  cover(coverage: readonly CoverageChange[]): void {
    if (this.#isStopped) return;
    this.#coverage.push(...coverage);
    if (this.#merging === undefined) this.#mergeWaiting();
  }

  /** Resolves when everything is merged. */
  async finish(): Promise<void> {
    while (this.#merging !== undefined) await this.#merging;
  }

  /** Gives up what waits and what still comes, as nobody will learn of it; resolves when nothing is being merged any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting = [];
    this.#coverage = [];
    await this.#merging?.catch(() => undefined); // who stops has an error to report already
  }

  #mergeWaiting(): void {
    const content = concatenate(this.#waiting);
    const coverage = this.#coverage;
    this.#waiting = [];
    this.#coverage = [];
    this.#records = 0;
    const merging = mergeHere(this.#run, content, coverage.length > 0 ? { coverage } : {}).then(
      () => {
        this.#merging = undefined;
        if (this.#waiting.length > 0 || this.#coverage.length > 0) this.#mergeWaiting();
      },
    );
    merging.catch(() => undefined); // whoever adds too much, or finishes, is told
    this.#merging = merging;
  }
}

/** Lets `work` merge beside what it reads; settles, however that went, when nothing is being merged any more. */
export async function mergeBeside(
  run: Run,
  work: (queue: MergeQueue) => Promise<void>,
): Promise<void> {
  const queue = new MergeQueue(run);
  try {
    await work(queue);
  } catch (error) {
    await queue.stop();
    throw error;
  }
  await queue.finish();
}
