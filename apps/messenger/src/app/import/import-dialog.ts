import { Component, DestroyRef, computed, inject, input, output, signal } from '@angular/core';
import { Router } from '@angular/router';
import { ChatHistory, ChatSyncService } from '@chat-vault/chat-sync';
import { type DemoSample, DemoSettings } from '../device/demo-settings';
import { Preferences } from '../device/preferences';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { ProblemNotice } from '../ui/problem-notice';
import { problemText } from '../ui/problem-text';
import { formatCount } from '../ui/time-format';
import { inspectImport } from './import-file';
import { type ImportProgress, type ImportSummary, runImport } from './import-run';
import { type FetchMonth } from './import-writer';
import { type DateOrder, type ImportSource, type InspectedImport } from './import-types';

/** Where an import stands. */
type Stage =
  | { readonly kind: 'choose' }
  | { readonly kind: 'reading' }
  | {
      readonly kind: 'options';
      readonly source: ImportSource;
      readonly inspection: InspectedImport;
    }
  | {
      readonly kind: 'importing';
      readonly source: ImportSource;
      readonly progress: ImportProgress | null;
    }
  | { readonly kind: 'done'; readonly source: ImportSource; readonly summary: ImportSummary }
  | { readonly kind: 'failed'; readonly heading: string; readonly advice: string };

/** Names of the formats, for people. */
const FORMAT_NAMES = { corpus: 'Chat rooms', whatsapp: 'WhatsApp', telegram: 'Telegram' } as const;

/** Imports a chat: choose a file, answer what it does not say, watch, and see what came of it. */
@Component({
  selector: 'cv-import-dialog',
  imports: [Dialog, Icon, ProblemNotice],
  templateUrl: './import-dialog.html',
  styleUrls: ['../ui/dialog-body.css', './import-dialog.css'],
})
export class ImportDialog {
  /** The file that was dropped or chosen before; `null` to ask for one. */
  readonly source = input<ImportSource | null>(null);
  /** A chat of the server to fetch at once. */
  readonly sample = input<DemoSample | null>(null);
  readonly dismissed = output();

  readonly #history = inject(ChatHistory);
  readonly #chatSync = inject(ChatSyncService);
  readonly #router = inject(Router);
  readonly #abort = new AbortController();
  protected readonly demo = inject(DemoSettings);
  protected readonly preferences = inject(Preferences);
  protected readonly dateOrders: readonly DateOrder[] = ['day-first', 'month-first'];
  protected readonly formatNames = FORMAT_NAMES;
  protected readonly formatCount = formatCount;

  protected readonly stage = signal<Stage>({ kind: 'choose' });
  protected readonly name = signal('');
  protected readonly dateOrder = signal<DateOrder | null>(null);
  protected readonly timeZone = signal(Intl.DateTimeFormat().resolvedOptions().timeZone);
  /** The browser's list leaves some out that it can be in, such as UTC. */
  protected readonly timeZones = [
    ...new Set([this.timeZone(), ...Intl.supportedValuesOf('timeZone')]),
  ].sort();
  protected readonly isBadShown = signal(false);
  protected readonly claimed = signal('');
  protected readonly heading = computed(() => {
    switch (this.stage().kind) {
      case 'choose':
        return 'Import a chat';
      case 'reading':
        return 'Reading the file…';
      case 'options':
        return 'Before importing';
      case 'importing':
        return 'Importing…';
      case 'done':
        return 'Import finished';
      case 'failed':
        return 'The import did not work';
    }
  });
  /** Whether everything that was asked has an answer. */
  protected readonly isAnswered = computed(() => {
    const stage = this.stage();
    if (stage.kind !== 'options' || stage.inspection.format !== 'whatsapp') return true;
    const isDateClear = stage.inspection.kind === 'ready' || this.dateOrder() !== null;
    return isDateClear && this.name().trim() !== '';
  });

  constructor() {
    inject(DestroyRef).onDestroy(() => this.#abort.abort(new DOMException('closed', 'AbortError')));
    queueMicrotask(() => {
      const source = this.source();
      const sample = this.sample();
      if (source !== null) void this.inspect(source);
      else if (sample !== null) void this.useSample(sample);
    });
  }

  protected chooseFile(event: Event): void {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file) void this.inspect(file);
  }

  /** Fetches a chat that the server offers and imports it at once. */
  protected async useSample(sample: DemoSample): Promise<void> {
    this.stage.set({ kind: 'reading' });
    await this.#guard(async () => {
      const answer = await fetch(sample.url, { signal: this.#abort.signal });
      if (!answer.ok || answer.body === null)
        throw new Error(`The server answers ${answer.status}.`);
      const blob = await answer.blob();
      await this.inspect({ name: sample.name, size: blob.size, stream: () => blob.stream() });
    });
  }

  /** Looks at a file; goes on by itself when there is nothing to ask. */
  protected async inspect(source: ImportSource): Promise<void> {
    this.stage.set({ kind: 'reading' });
    await this.#guard(async () => {
      const inspection = await inspectImport(source);
      if (inspection.kind === 'unsupported') {
        this.stage.set({ kind: 'failed', heading: source.name, advice: inspection.reason });
        return;
      }
      if (inspection.format === 'whatsapp') this.name.set(inspection.suggestedName);
      if (inspection.format === 'corpus') await this.#import(source, inspection);
      else this.stage.set({ kind: 'options', source, inspection });
    });
  }

  protected async start(stage: Extract<Stage, { kind: 'options' }>): Promise<void> {
    if (!this.isAnswered()) return;
    await this.#guard(() => this.#import(stage.source, stage.inspection));
  }

  protected claim(senderId: string): void {
    if (senderId === '') return;
    this.preferences.claim(senderId);
    this.claimed.set(senderId);
  }

  protected async openImported(summary: ImportSummary): Promise<void> {
    this.dismissed.emit();
    const [only, ...others] = summary.conversationUrns;
    await this.#router.navigate(only !== undefined && others.length === 0 ? ['/c', only] : ['/']);
  }

  async #import(source: ImportSource, inspection: InspectedImport): Promise<void> {
    this.stage.set({ kind: 'importing', source, progress: null });
    const dateOrder = this.dateOrder();
    const options = {
      timeZone: this.timeZone(),
      name: this.name().trim() || 'Telegram chat',
      ...(dateOrder !== null && { dateOrder }),
    };
    const storage = await this.#history.storage();
    const onProgress = (progress: ImportProgress) =>
      this.stage.set({ kind: 'importing', source, progress });
    const isConnected = this.#chatSync.providers().some((provider) => provider.isConnected);
    const fetchMonth: FetchMonth = (month) =>
      this.#chatSync.restoreVaultForDate(`${month}-15`, undefined, { signal: this.#abort.signal });
    const job = {
      source,
      inspection,
      options,
      storage,
      onProgress,
      ...(isConnected && { fetchMonth }),
    };
    const summary = await runImport(job, this.#abort.signal);
    this.stage.set({ kind: 'done', source, summary });
  }

  /** Shows what goes wrong in words. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#abort.signal.aborted) return; // the dialog is gone
      this.stage.set({ kind: 'failed', ...problemText(error) });
    }
  }
}
