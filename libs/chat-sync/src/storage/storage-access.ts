import {
  DestroyRef,
  inject,
  InjectionToken,
  Injector,
  runInInjectionContext,
  Service,
  signal,
  untracked,
} from '@angular/core';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { type ChatVaultError } from '@chat-vault/core';
import { BackgroundWork } from '../page/background-work';
import { BROWSER_WINDOW } from '../page/browser-window';
import { ChatSyncError, toChatVaultError } from '../sync/chat-sync-error';

/** Opens the storage of the account; called in an injection context, once, and again after it failed. */
export type StorageOpener = () => ChatStorage | Promise<ChatStorage>;

/** The storage of `provideChatSync`. */
export const STORAGE_OPENER = new InjectionToken<StorageOpener>('STORAGE_OPENER');

/** The one open storage of the application: opened when first needed, closed when the application ends. */
@Service({ autoProvided: false })
export class StorageAccess {
  readonly #injector = inject(Injector);
  readonly #work = inject(BackgroundWork);
  readonly #hasPage = inject(BROWSER_WINDOW) !== null;
  readonly #opened = signal<ChatStorage | null>(null);
  readonly #problem = signal<ChatVaultError | null>(null);
  #opening: Promise<ChatStorage> | null = null;
  #isClosed = false;

  /** The storage once it is open. */
  readonly opened = this.#opened.asReadonly();
  /** Why the last use of the storage failed; `null` once one succeeded. */
  readonly problem = this.#problem.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.#isClosed = true;
      void untracked(this.#opened)?.close();
    });
  }

  /** @throws StorageError, ChatSyncError `not-in-browser`, `closed` */
  open(): Promise<ChatStorage> {
    this.#opening ??= this.#work.track(this.#openNow());
    return this.#opening;
  }

  /** Opens it when nobody waits for it: a failure is in `problem`, and the next call tries again. */
  openInBackground(): void {
    this.open().catch(() => undefined);
  }

  /** Does something with the storage and remembers whether that worked. */
  async use<Result>(task: (storage: ChatStorage) => Promise<Result>): Promise<Result> {
    const storage = await this.open();
    try {
      const result = await this.#work.track(task(storage));
      this.#problem.set(null);
      return result;
    } catch (error) {
      this.note(error);
      throw error;
    }
  }

  /** Remembers a failure; an invalid message is the caller's mistake and says nothing about the storage. */
  note(thrown: unknown): void {
    const error = toChatVaultError(thrown);
    if (error.code !== 'invalid-message') this.#problem.set(error);
  }

  async #openNow(): Promise<ChatStorage> {
    try {
      if (!this.#hasPage) throw notInBrowser();
      if (this.#isClosed) throw new ChatSyncError('closed', 'chat-sync: the application has ended');
      const open = this.#injector.get(STORAGE_OPENER);
      const storage = await runInInjectionContext(this.#injector, open);
      if (this.#isClosed) await storage.close();
      this.#opened.set(storage);
      this.#problem.set(null);
      return storage;
    } catch (error) {
      this.#opening = null;
      if (this.#hasPage) this.note(error);
      throw error;
    }
  }
}

const notInBrowser = (): ChatSyncError =>
  new ChatSyncError(
    'not-in-browser',
    'chat-sync: there is no message storage on the server; read and write in the browser',
  );
