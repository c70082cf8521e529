import { Component, computed, inject, input, output, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { formatBytes, formatCount, formatMonth } from '../ui/time-format';
import { Icon } from '../ui/icon';
import { problemText } from '../ui/problem-text';
import { Toasts } from '../ui/toasts';
import { KeepAll } from './keep-all';
import { type MonthLine } from './month-lines';
import { progressText } from './progress-text';

const PLACES = {
  both: 'Here and in the cloud',
  'partly-here': 'Partly here',
  'cloud-only': 'Only in the cloud',
  changed: 'Changes to back up',
  'device-only': 'Only here',
} as const;

/** Months that are shown before the person asks for all. */
const SHOWN_AT_FIRST = 24;

/** Which month is where, with a button to bring one here. */
@Component({
  selector: 'cv-month-table',
  imports: [Icon],
  templateUrl: './month-table.html',
  styleUrls: ['./card.css', './month-table.css'],
  host: { 'data-testid': 'month-table' },
})
export class MonthTable {
  readonly lines = input.required<readonly MonthLine[]>();
  readonly hasCloud = input(false);
  readonly isLoading = input(false);
  /** A month was brought here. */
  readonly changed = output();

  readonly #sync = inject(ChatSyncService);
  readonly #toasts = inject(Toasts);
  protected readonly places = PLACES;
  protected readonly formatBytes = formatBytes;
  protected readonly formatCount = formatCount;
  protected readonly formatMonth = formatMonth;
  protected readonly isAllShown = signal(false);
  /** The month that is being brought here. */
  protected readonly loadingMonth = signal<string | null>(null);
  protected readonly shown = computed(() =>
    this.isAllShown() ? this.lines() : this.lines().slice(0, SHOWN_AT_FIRST),
  );
  protected readonly totals = computed(() => {
    const sum = (pick: (line: MonthLine) => number) =>
      this.lines().reduce((total, line) => total + pick(line), 0);
    return {
      inCloud: sum((l) => l.inCloud ?? 0),
      bytes: sum((l) => l.bytes ?? 0),
      here: sum((l) => l.here),
    };
  });

  protected readonly keep = inject(KeepAll);
  protected readonly progress = this.#sync.progress;
  protected readonly keepWords = computed(() => progressText(this.progress()));
  protected readonly isAllHere = computed(() =>
    this.lines().every(({ place }) => place !== 'cloud-only' && place !== 'partly-here'),
  );

  protected async keepAll(): Promise<void> {
    await this.keep.run();
    this.changed.emit();
  }

  /** Months that are only in files of recent changes have no count of their own. */
  protected inCloudText({ inCloud, place, here }: MonthLine): string {
    if (inCloud !== null) return formatCount(inCloud);
    return place === 'both' ? formatCount(here) : '–';
  }

  protected async restore(month: string): Promise<void> {
    this.loadingMonth.set(month);
    const result = await this.#sync.restoreVaultForDate(`${month}-01`);
    this.loadingMonth.set(null);
    if (result.ok) {
      this.#toasts.tell(
        `${formatMonth(month)}: ${formatCount(result.report.messagesNew)} messages brought here`,
      );
    } else {
      const { heading, advice } = problemText(result.error);
      this.#toasts.fail(`${heading}. ${advice}`);
    }
    this.changed.emit();
  }
}
