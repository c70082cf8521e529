import { Component, DestroyRef, computed, inject, input, output, signal } from '@angular/core';
import { ChatSyncService, type ProviderState } from '@chat-vault/chat-sync';
import { type MigrateReport } from '@chat-vault/vault-engine/migrate';
import { Dialog } from '../ui/dialog';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText, problemText } from '../ui/problem-text';
import { CloudConnector } from './cloud-connector';
import { progressText } from './progress-text';
import { keepReasons, looksAgainAt, movedText } from './transfer-words';

/** How far a move is. */
type MoveStep =
  | { readonly kind: 'choosing' }
  | { readonly kind: 'moving' }
  | { readonly kind: 'stopped'; readonly problem: ProblemText | null }
  | { readonly kind: 'moved'; readonly report: MigrateReport };

/** Moves the chats of one connected cloud to another one, and tells when the first may be given up. */
@Component({
  selector: 'cv-move-dialog',
  imports: [Dialog, ProblemNotice],
  templateUrl: './move-dialog.html',
  styleUrls: ['../ui/dialog-body.css', './move-dialog.css'],
})
export class MoveDialog {
  readonly from = input.required<ProviderState>();
  readonly dismissed = output();

  readonly #sync = inject(ChatSyncService);
  readonly #connector = inject(CloudConnector);
  #stop = new AbortController();

  protected readonly step = signal<MoveStep>({ kind: 'choosing' });
  /** The other connected clouds. */
  protected readonly targets = computed(() =>
    this.#sync
      .providers()
      .filter(
        ({ providerId, isConnected }) => isConnected && providerId !== this.from().providerId,
      ),
  );
  readonly #chosen = signal<string | null>(null);
  protected readonly target = computed(() => {
    const targets = this.targets();
    return targets.find(({ providerId }) => providerId === this.#chosen()) ?? targets[0] ?? null;
  });
  /** Of the cloud that is at work: the old one is synced first. */
  protected readonly progress = computed(
    () => this.target()?.progress ?? (this.from().isSyncing ? this.from().progress : null),
  );
  protected readonly progressWords = computed(() => progressText(this.progress()));
  protected readonly movedText = movedText;
  protected readonly keepReasons = keepReasons;
  protected readonly looksAgainAt = looksAgainAt;

  constructor() {
    inject(DestroyRef).onDestroy(() => this.#stop.abort());
  }

  protected choose(providerId: string): void {
    this.#chosen.set(providerId);
  }

  /** While it moves, closing means stopping: it goes on when it is started again. */
  protected close(): void {
    if (this.step().kind === 'moving') this.#stop.abort();
    else this.dismissed.emit();
  }

  protected async move(): Promise<void> {
    const target = this.target();
    if (target === null) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.choose(target.providerId);
    this.step.set({ kind: 'moving' });
    const result = await this.#sync.migrate(this.from().providerId, target.providerId, { signal });
    if (result.ok) this.step.set({ kind: 'moved', report: result.report });
    else {
      const problem = signal.aborted ? null : problemText(result.error);
      this.step.set({ kind: 'stopped', problem });
    }
  }

  protected async release(): Promise<void> {
    const { providerId, displayName } = this.from();
    this.dismissed.emit();
    await this.#connector.disconnect(providerId, displayName, { forget: true });
  }
}
