import { Component, computed, inject, input } from '@angular/core';
import { ChatSyncService, type ProviderState } from '@chat-vault/chat-sync';

type Phase = NonNullable<ProviderState['progress']>['phase'];

const PHASE_LABELS: Readonly<Record<Phase, string>> = {
  listing: 'Looking for changes',
  restoring: 'Downloading changes',
  hydrating: 'Downloading recent messages',
  'backing-up': 'Uploading changes',
  compacting: 'Tidying up the cloud',
  collecting: 'Removing outdated files',
  verifying: 'Checking the backup',
  repairing: 'Repairing the backup',
  done: 'Finished',
  failed: 'Stopped by a problem',
  aborted: 'Stopped',
};

/**
 * What the run under way is doing, with a bar that fills where the total is known; nothing while none is. Without `providerId` it
 * shows the first cloud that is busy. Colours: `accent-color` and `--cv-muted`.
 */
@Component({
  selector: 'cv-sync-progress',
  template: `
    @if (progress()) {
      <span class="phase" aria-hidden="true">{{ label() }}</span>
      @if (share(); as share) {
        <progress [attr.aria-label]="label()" [value]="share.done" [max]="share.total"></progress>
      } @else {
        <progress [attr.aria-label]="label()"></progress>
      }
    }
  `,
  styles: `
    .phase,
    progress {
      display: block;
      width: 100%;
    }
    .phase {
      font-size: 0.875em;
      color: var(--cv-muted, light-dark(#57606a, #a7b1bc));
    }
  `,
})
export class SyncProgressBar {
  readonly #chatSync = inject(ChatSyncService);

  /** The cloud whose run is shown; the first busy one when absent. */
  readonly providerId = input<string>();

  protected readonly progress = computed(() => {
    const providerId = this.providerId();
    if (providerId === undefined) return this.#chatSync.progress();
    const provider = this.#chatSync.providers().find((other) => other.providerId === providerId);
    return provider?.progress ?? null;
  });
  protected readonly label = computed(() => {
    const progress = this.progress();
    return progress ? PHASE_LABELS[progress.phase] : '';
  });
  /** Bytes where they are known, as files differ much in size; else files. */
  protected readonly share = computed(() => {
    const progress = this.progress();
    if (!progress) return null;
    const { bytesDone, bytesTotal, filesDone, filesTotal } = progress;
    if (bytesTotal > 0) return { done: bytesDone, total: bytesTotal };
    return filesTotal > 0 ? { done: filesDone, total: filesTotal } : null;
  });
}
