import { afterNextRender, computed, inject, Service, signal, untracked } from '@angular/core';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { CloudConnections } from '../sync/cloud-connections';
import { type Persistence, persistenceOf } from './persistence';

/** Whether the browser may clear what is stored here, and the asking it not to. */
@Service({ autoProvided: false })
export class StoragePersistence {
  readonly #connections = inject(CloudConnections);
  readonly #work = inject(BackgroundWork);
  readonly #storage = inject(BROWSER_WINDOW)?.navigator.storage;
  readonly #hasPage = inject(BROWSER_WINDOW) !== null;
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
    if (this.#hasPage) afterNextRender(() => void this.#work.track(this.#look()));
  }

  /** Asks the browser to keep what is stored here; to be called after a click, as some browsers ask the person. Once in the life of a page. */
  ask(): void {
    if (this.#wasAsked || untracked(this.#isPersisted)) return;
    this.#wasAsked = true;
    void this.#work.track(this.#ask());
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
