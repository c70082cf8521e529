import { Component, computed, inject, input, output, signal } from '@angular/core';
import { ChatSyncService, type ProviderState } from '@chat-vault/chat-sync';
import { EntityRepositories } from '@chat-vault/chat-sync/entities';
import { type VerifyReport } from '@chat-vault/vault-engine';
import { CLOCK } from '../device/clock';
import { Icon, type IconName } from '../ui/icon';
import { problemText } from '../ui/problem-text';
import { formatAgo, formatBytes, formatCount, formatFull } from '../ui/time-format';
import { Toasts } from '../ui/toasts';
import { asksPermission } from './asks-permission';
import { CloudConnector } from './cloud-connector';
import { needsOtherFolder, spaceText } from './cloud-words';
import { Countdown } from './countdown';
import { MoveDialog } from './move-dialog';
import { progressText } from './progress-text';
import { type VerifyFinding, verifyFindings } from './verify-findings';

/** States in which nothing is wrong; of a locked history the card below speaks. */
const CALM: ReadonlySet<ProviderState['status']['state']> = new Set([
  'idle',
  'syncing',
  'offline',
  'throttled',
  'locked',
]);

/** How backing up to one cloud stands, with the buttons to sync, check and mend it. */
@Component({
  selector: 'cv-sync-card',
  imports: [Countdown, Icon, MoveDialog],
  templateUrl: './sync-card.html',
  styleUrls: ['./card.css', './sync-card.css'],
  host: { 'data-testid': 'sync-card' },
})
export class SyncCard {
  readonly provider = input.required<ProviderState>();
  /** Whether there are others beside it, so that it must say which cloud it speaks of. */
  readonly isOneOfMany = input(false);
  /** What is in the cloud may have changed. */
  readonly changed = output();

  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  readonly #connector = inject(CloudConnector);
  readonly #now = inject(CLOCK);
  readonly #entities = inject(EntityRepositories);
  protected readonly formatBytes = formatBytes;
  protected readonly formatCount = formatCount;
  protected readonly formatFull = formatFull;
  protected readonly needsOtherFolder = needsOtherFolder;
  protected readonly isMoveOpen = signal(false);
  /** What the last check found; `null` when there was none since the page was opened. */
  protected readonly verified = signal<VerifyReport | null>(null);
  protected readonly findings = computed<readonly VerifyFinding[]>(() => {
    const report = this.verified();
    return report === null ? [] : verifyFindings(report);
  });
  protected readonly isMendable = computed(() =>
    this.findings().some(({ isMendable }) => isMendable),
  );
  /** Whether the cloud lost the files of this history. */
  protected readonly isEmptied = computed(() => {
    const { status, warnings } = this.provider();
    const code = 'error' in status ? status.error.code : '';
    return code === 'vault-emptied' || warnings.some((warning) => warning.code === 'vault-emptied');
  });
  /** Whether somebody should do something; what goes on by itself is none. */
  protected readonly isTrouble = computed(() => {
    const { status } = this.provider();
    if (this.#entitiesProblem() !== null) return true;
    return !CALM.has(status.state) && !asksPermission(status);
  });
  protected readonly canReconnect = computed(() => {
    const { status } = this.provider();
    return status.state === 'auth-error' && status.canReconnect;
  });
  protected readonly until = computed(() => {
    const { status } = this.provider();
    return status.state === 'throttled' ? status.until : null;
  });
  protected readonly space = computed(() => {
    const { status } = this.provider();
    return status.state === 'cloud-full' && status.space ? spaceText(status.space) : '';
  });
  /** Why contacts, settings and drafts are not backed up, where messages are. */
  readonly #entitiesProblem = computed(() => {
    const { status, lastSyncedAt } = this.provider();
    const isFine = status.state === 'idle' && lastSyncedAt !== null;
    const error = this.#entities.lastError();
    return isFine && error !== null ? problemText(error) : null;
  });
  protected readonly icon = computed((): IconName => {
    const { status, pendingChanges, lastSyncedAt } = this.provider();
    if (status.state === 'offline') return 'offline';
    if (status.state === 'throttled') return 'clock';
    if (status.state === 'locked') return 'lock';
    if (this.isTrouble()) return 'alert';
    return pendingChanges === 0 && lastSyncedAt !== null ? 'shield' : 'cloud';
  });
  protected readonly heading = computed(() => {
    const { status, pendingChanges, lastSyncedAt, isSyncing } = this.provider();
    if (isSyncing) return 'Working…';
    if (status.state !== 'idle') return status.message;
    if (lastSyncedAt === null) return 'Connected, not synced yet';
    if (this.#entitiesProblem() !== null) return 'Contacts and drafts are not backed up yet';
    return pendingChanges === 0 ? 'Everything is backed up' : 'Some changes are not backed up yet';
  });
  protected readonly advice = computed(() => {
    const { status, displayName, lastSyncedAt } = this.provider();
    if (status.state !== 'idle' && status.state !== 'syncing') return status.hint;
    const problem = this.#entitiesProblem();
    if (problem !== null) return `${problem.heading}. ${problem.advice}`;
    if (lastSyncedAt === null)
      return `Sync to fetch what is in ${displayName} and to save what is here.`;
    return this.isOneOfMany() ? '' : `Cloud: ${displayName}`;
  });
  protected readonly progressWords = computed(() => progressText(this.provider().progress));
  protected readonly lastSynced = computed(() => {
    const last = this.provider().lastSyncedAt;
    return last === null ? 'Never' : formatAgo(last, new Date(this.#now()));
  });

  protected async sync(): Promise<void> {
    const result = await this.#sync.syncMessages(this.provider().providerId);
    if (result.ok) {
      const { messagesNew, recordsUploaded } = result.report;
      this.#toasts.tell(
        `Synced: ${formatCount(messagesNew)} new here, ${formatCount(recordsUploaded)} saved to the cloud`,
      );
    }
    this.changed.emit(); // what went wrong is in the provider's status, above the buttons
  }

  protected async reconnect(): Promise<void> {
    await this.#connector.connect(this.provider().providerId);
    this.changed.emit();
  }

  protected async chooseFolder(): Promise<void> {
    await this.#connector.chooseFolder(this.provider().providerId);
    this.changed.emit();
  }

  protected async verify(): Promise<void> {
    this.verified.set(null);
    const result = await this.#sync.verify(this.provider().providerId);
    if (result.ok) this.verified.set(result.report);
    else this.#tellFailure(result.error);
  }

  protected async repair(): Promise<void> {
    const result = await this.#sync.repair(this.provider().providerId);
    if (!result.ok) return this.#tellFailure(result.error);
    this.#toasts.tell(
      `Repaired: ${formatCount(result.report.recordsUploaded)} entries written again`,
    );
    this.changed.emit();
    await this.verify();
  }

  protected async reseed(): Promise<void> {
    const { providerId } = this.provider();
    const result = await this.#sync.reseed(providerId);
    if (!result.ok) return this.#tellFailure(result.error);
    this.#toasts.tell(`${formatCount(result.report.recordsUploaded)} entries saved to the cloud`);
    await this.sync();
  }

  protected closeMove(): void {
    this.isMoveOpen.set(false);
    this.changed.emit();
  }

  #tellFailure(error: Error): void {
    const { heading, advice } = problemText(error);
    this.#toasts.fail(`${heading}. ${advice}`);
  }
}
