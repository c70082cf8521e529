import { Service, inject, signal } from '@angular/core';
import { ChatSyncService, type Outcome } from '@chat-vault/chat-sync';
import { type ChatVaultError } from '@chat-vault/core';
import { KeyringError } from '@chat-vault/core/sealed';
import { type RunOptions, type SyncProgress } from '@chat-vault/vault-engine';
import { CLOCK } from '../device/clock';
import { secretProblem } from '../encryption/encryption-problem';
import { withTyped } from '../encryption/typed-secret';
import { type ProblemText, problemText } from '../ui/problem-text';
import { formatBytes, formatCount } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { CHOOSE_FILE_TARGET, type FileTarget } from './save-file';
import { bringInProblem } from './transfer-words';

/** What is under way: bytes that were saved, or how far a copy was read. */
export type CopyWork =
  | { readonly kind: 'saving'; readonly bytes: number }
  | { readonly kind: 'bringing-in'; readonly progress: SyncProgress | null };

/** Saves the chats as a file and brings such files in; goes on when the person leaves the page that shows it. */
@Service()
export class CopyRuns {
  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #chooseTarget = inject(CHOOSE_FILE_TARGET);
  readonly #now = inject(CLOCK);
  readonly #work = signal<CopyWork | null>(null);
  readonly #lockedCopy = signal<Blob | null>(null);
  readonly #problem = signal<ProblemText | null>(null);
  #stop = new AbortController();

  /** A file that was to be brought in and waits for its secret. */
  readonly lockedCopy = this.#lockedCopy.asReadonly();
  /** `null` when nothing is under way. */
  readonly work = this.#work.asReadonly();
  /** What was wrong with the last one. */
  readonly problem = this.#problem.asReadonly();

  stop(): void {
    this.#stop.abort();
  }

  /** Of a cloud, or with `null` of this device; from a click, as it may ask where to. */
  async save(providerId: string | null): Promise<void> {
    const day = new Date(this.#now()).toISOString().slice(0, 10);
    const target = await this.#chooseTarget(`chat-vault-${day}.zip`);
    if (target === null) return;
    await this.#run({ kind: 'saving', bytes: 0 }, async (signal) => {
      const error = await this.#saveTo(target, providerId, signal);
      if (error === null) return;
      await target.discard();
      if (!signal.aborted) this.#problem.set(problemText(error));
    });
  }

  /** Merges a file into this device; connected clouds get it too. One that is encrypted without a key here waits for `openLocked`. */
  async bringIn(file: Blob): Promise<void> {
    this.#lockedCopy.set(null);
    await this.#bringIn(file, bringInProblem, (options) => this.#sync.importVault(file, options));
  }

  /** Merges the file that waits, with what a person typed for its secret. */
  async openLocked(typed: string): Promise<void> {
    const file = this.#lockedCopy();
    if (file === null || this.#work() !== null) return;
    const problemOf = (error: ChatVaultError) =>
      error instanceof KeyringError ? secretProblem(error, typed) : bringInProblem(error);
    await this.#bringIn(file, problemOf, (options) =>
      withTyped(typed, (secret) => this.#sync.importVault(file, { ...options, secret })),
    );
  }

  /** Leaves the file that waits for its secret. */
  leaveLocked(): void {
    this.#lockedCopy.set(null);
    this.#problem.set(null);
  }

  async #bringIn(
    file: Blob,
    problemOf: (error: ChatVaultError) => ProblemText,
    read: (options: RunOptions) => Promise<Outcome<BroughtIn>>,
  ): Promise<void> {
    await this.#run({ kind: 'bringing-in', progress: null }, async (signal) => {
      const onProgress = (progress: SyncProgress) =>
        this.#work.set({ kind: 'bringing-in', progress });
      const result = await read({ signal, onProgress });
      if (!result.ok) {
        if (signal.aborted) return;
        this.#problem.set(problemOf(result.error));
        if (result.error.code === 'locked') this.#lockedCopy.set(file);
        return;
      }
      this.#lockedCopy.set(null);
      this.#tellBroughtIn(result.report);
      if (this.#sync.providers().some(({ isConnected }) => isConnected))
        void this.#sync.syncMessages(); // their status says how that went
    });
  }

  #tellBroughtIn({ messagesNew, messagesUpdated, incomplete }: BroughtIn): void {
    const changed = messagesNew + messagesUpdated;
    if (incomplete) {
      this.#problem.set({
        heading: 'Parts of this copy are damaged',
        advice: `What could be read was brought in: ${formatCount(changed)} new or newer messages.`,
      });
    } else if (changed === 0) {
      this.#toasts.tell('Everything in this copy is here already');
    } else {
      this.#toasts.tell(`${formatCount(changed)} messages were brought in`);
    }
  }

  /** What went wrong; `null` when nothing did. */
  async #saveTo(
    target: FileTarget,
    providerId: string | null,
    signal: AbortSignal,
  ): Promise<unknown> {
    const exported = await this.#sync.exportVault({ providerId, signal });
    if (!exported.ok) return exported.error;
    const { stream, fileName } = exported.report;
    let bytes = 0;
    const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        bytes += chunk.length;
        this.#work.set({ kind: 'saving', bytes });
        controller.enqueue(chunk);
      },
    });
    try {
      await target.save(stream.pipeThrough(counted), fileName);
    } catch (error) {
      return error;
    }
    this.#toasts.tell(`A copy was saved: ${fileName}, ${formatBytes(bytes)}`);
    return null;
  }

  async #run(work: CopyWork, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#stop = new AbortController();
    this.#problem.set(null);
    this.#work.set(work);
    try {
      await task(this.#stop.signal);
    } finally {
      this.#work.set(null);
    }
  }
}

/** What the words after an import need of its report. */
interface BroughtIn {
  readonly messagesNew: number;
  readonly messagesUpdated: number;
  readonly incomplete: boolean;
}
