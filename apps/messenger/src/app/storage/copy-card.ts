import { Component, computed, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { formatBytes } from '../ui/time-format';
import { CopyRuns } from './copy-runs';
import { LockedCopy } from './locked-copy';
import { progressText } from './progress-text';

/** Value of the choice that stands for no cloud. */
const DEVICE = '';

/** Saves the chats as one file, and brings such a file in; needs no cloud. */
@Component({
  selector: 'cv-copy-card',
  imports: [Icon, LockedCopy, ProblemNotice],
  templateUrl: './copy-card.html',
  styleUrls: ['./card.css', './copy-card.css'],
  host: { 'data-testid': 'copy-card' },
})
export class CopyCard {
  readonly #sync = inject(ChatSyncService);
  protected readonly runs = inject(CopyRuns);
  protected readonly device = DEVICE;
  /** Of what a copy can be saved, besides this device. */
  protected readonly clouds = computed(() =>
    this.#sync.providers().filter(({ isConnected }) => isConnected),
  );
  readonly #chosen = signal<string | null>(null);
  /** The cloud of which a copy is saved: the chosen one while it is connected, else the first. */
  protected readonly source = computed(() => {
    const chosen = this.#chosen();
    const ids = this.clouds().map(({ providerId }) => providerId);
    return chosen !== null && [...ids, DEVICE].includes(chosen) ? chosen : (ids[0] ?? DEVICE);
  });
  /** Who can read the file. */
  protected readonly readers = computed(() =>
    this.source() === DEVICE || this.#sync.encryption().state === 'off'
      ? 'Whoever has the file can read them.'
      : 'What is encrypted in the cloud is encrypted in the file: bringing it in takes an unlocked device, or the passphrase or recovery code of today.',
  );
  protected readonly workText = computed(() => {
    const work = this.runs.work();
    if (work === null) return '';
    if (work.kind === 'bringing-in') return progressText(work.progress);
    return work.bytes === 0 ? 'Getting everything together…' : `${formatBytes(work.bytes)} saved`;
  });

  protected choose(source: string): void {
    this.#chosen.set(source);
  }

  protected save(): void {
    void this.runs.save(this.source() === DEVICE ? null : this.source());
  }

  protected bringIn(input: HTMLInputElement): void {
    const file = input.files?.[0];
    if (file) void this.runs.bringIn(file);
    input.value = ''; // the same file can be chosen again
  }
}
