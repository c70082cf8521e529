import { type Observable, Subject } from 'rxjs';
import { type StorageChange } from '../port/chat-storage.js';
import { type ChangeChannel } from './idb-options.js';

/** Tells of commits: to subscribers here, and to other contexts that have the same database open. */
export class CommitNews {
  readonly changes$: Observable<StorageChange>;
  readonly #subject = new Subject<StorageChange>();
  readonly #channel: ChangeChannel | undefined;
  #isClosed = false;

  constructor(channel: ChangeChannel | undefined) {
    this.changes$ = this.#subject.asObservable();
    this.#channel = channel;
    channel?.addEventListener('message', ({ data }) => {
      this.#subject.next({ ...(data as StorageChange), fromOtherContext: true });
    });
  }

  /** To be called after a commit. */
  tell(
    kind: StorageChange['kind'],
    conversationUrns: readonly string[],
    tables: readonly string[] = [],
  ): void {
    if (this.#isClosed) return;
    const change = { kind, conversationUrns, ...(tables.length > 0 && { tables }) };
    this.#channel?.postMessage(change);
    this.#subject.next({ ...change, fromOtherContext: false });
  }

  close(): void {
    this.#isClosed = true;
    this.#channel?.close();
    this.#subject.complete();
  }
}
