import { type Observable, Subject } from 'rxjs';
import { type StorageChange } from '../port/chat-storage.js';
import { type ChangeChannel } from './idb-options.js';

/** What is told to the document, and heard at the window on its way there. */
const LIFE = ['freeze', 'resume'];

/** Tells of commits: to subscribers here, and to other contexts that have the same database open. */
export class CommitNews {
  readonly changes$: Observable<StorageChange>;
  readonly #subject = new Subject<StorageChange>();
  readonly #channel: ChangeChannel | undefined;
  readonly #page: EventTarget | undefined;
  /** What came while the page is frozen, as JSON; `null` while it runs. */
  #missed: Set<string> | null = null;
  #isClosed = false;

  /**
   * A frozen page hears of commits, but what it reads then does not come to an end and holds up the writes of all tabs: so it is told when it
   * thaws.
   */
  constructor(channel: ChangeChannel | undefined, page?: EventTarget) {
    this.changes$ = this.#subject.asObservable();
    this.#channel = channel;
    this.#page = page;
    channel?.addEventListener('message', ({ data }) => {
      if (this.#missed) this.#missed.add(JSON.stringify(data));
      else this.#hear(data);
    });
    for (const name of LIFE) page?.addEventListener(name, this.#onLife, true);
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
    for (const name of LIFE) this.#page?.removeEventListener(name, this.#onLife, true);
    this.#channel?.close();
    this.#subject.complete();
  }

  readonly #onLife = ({ type }: Event): void => {
    const missed = this.#missed ?? [];
    this.#missed = type === 'freeze' ? new Set(missed) : null;
    if (!this.#missed) for (const data of missed) this.#hear(JSON.parse(data));
  };

  #hear(data: unknown): void {
    this.#subject.next({ ...(data as StorageChange), fromOtherContext: true });
  }
}
