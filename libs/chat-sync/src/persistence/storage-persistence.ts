import { afterNextRender, computed, inject, Service, signal, untracked } from '@angular/core';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { CloudConnections } from '../sync/cloud-connections';
import { type Persistence, persistenceOf } from './persistence';

/** Name of what the device remembers, in `localStorage`, which the browser clears together with what is stored: then it may be asked again. */
const ASKED_KEY = 'chat-sync.asked-to-persist';

/** Whether the browser may clear what is stored here, and the asking it not to. */
@Service({ autoProvided: false })
export class StoragePersistence {
  readonly #connections = inject(CloudConnections);
  readonly #work = inject(BackgroundWork);
  readonly #window = inject(BROWSER_WINDOW);
  readonly #storage = this.#window?.navigator.storage;
  readonly #isPersisted = signal<boolean | null>(null);
  #wasAsked = false;

  /** `null` until the browser answered, and on the server. */
  readonly state = computed<Persistence | null>(() => {
    const isPersisted = this.#isPersisted();
    if (isPersisted === null) return null;
    return persistenceOf(
      isPersisted,
      this.#connections.all.map(({ state }) => state()),
    );
  });

  constructor() {
    if (this.#window) afterNextRender(() => void this.#work.track(this.#look()));
  }

  /** Asks the browser to keep what is stored here; to be called after a click, as some browsers ask the person. Once on a device. */
  ask(): void {
    if (this.#wasAsked || untracked(this.#isPersisted)) return;
    this.#wasAsked = true;
    if (this.#wasAskedBefore()) return;
    void this.#work.track(this.#ask());
  }

  /** Whether an earlier page asked; remembers that this one does. A device that remembers nothing is asked by each page. */
  #wasAskedBefore(): boolean {
    try {
      const memory = this.#window?.localStorage;
      const wasAsked = memory?.getItem(ASKED_KEY) === 'yes';
      memory?.setItem(ASKED_KEY, 'yes');
      return wasAsked;
    } catch {
      return false;
    }
  }

  async #look(): Promise<void> {
    const isPersisted = await answerOf(() => this.#storage?.persisted?.());
    if (!untracked(this.#isPersisted)) this.#isPersisted.set(isPersisted);
  }

  async #ask(): Promise<void> {
    if (await answerOf(() => this.#storage?.persist?.())) this.#isPersisted.set(true);
  }
}

/** A browser that cannot be asked, as on an insecure page, promises nothing. */
async function answerOf(question: () => Promise<boolean> | undefined): Promise<boolean> {
  try {
    return (await question()) ?? false;
  } catch {
    return false;
  }
}
