import {
  Component,
  DestroyRef,
  Injector,
  afterNextRender,
  computed,
  inject,
  output,
  signal,
  viewChild,
} from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { type RecoveryReport } from '@chat-vault/chat-sync/encryption';
import { Dialog } from '../ui/dialog';
import { FocusOnShow } from '../ui/focus-on-show';
import { ProblemNotice } from '../ui/problem-notice';
import { type ProblemText } from '../ui/problem-text';
import { formatCount, formatLongAgo, formatMonth } from '../ui/time-format';
import { CLOCK } from '../device/clock';
import { drilledClouds } from './drill-words';
import { secretProblem } from './encryption-problem';
import { RecoveryReminder } from './recovery-reminder';
import { SecretField } from './secret-field';
import { CODE_GROUPS, readSecret, withTyped } from './typed-secret';

/** How far a check is. */
interface Progress {
  readonly done: number;
  readonly total: number;
  /** `Sep 2016`; `''` before the first. */
  readonly last: string;
}

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'checking'; readonly progress: Progress | null }
  | { readonly kind: 'checked'; readonly report: RecoveryReport; readonly isCode: boolean };

/** Tries whether a person with nothing but the recovery code or the passphrase gets the history back, and tells it month by month. */
@Component({
  selector: 'cv-check-recovery-dialog',
  imports: [Dialog, FocusOnShow, ProblemNotice, SecretField],
  templateUrl: './check-recovery-dialog.html',
  styleUrls: ['../ui/dialog-body.css', './check-recovery-dialog.css'],
})
export class CheckRecoveryDialog {
  readonly dismissed = output();
  readonly #sync = inject(ChatSyncService);
  readonly #now = inject(CLOCK);
  readonly #reminder = inject(RecoveryReminder);
  readonly #injector = inject(Injector);
  readonly #life = new AbortController();
  private readonly secret = viewChild<SecretField>('secret');
  protected readonly step = signal<Step>({ kind: 'asking' });
  protected readonly problem = signal<ProblemText | null>(null);
  protected readonly formatCount = formatCount;
  protected readonly lastSuccess = computed(() => {
    const at = this.#reminder.verifiedAt();
    return at === null ? null : formatLongAgo(at, new Date(this.#now()));
  });
  /** Whether something encrypted was opened in every cloud: else the secret opens the keys, and that is all that is known. */
  protected readonly isProved = computed(() => {
    const step = this.step();
    const clouds = step.kind === 'checked' ? step.report.clouds : [];
    return clouds.every(({ months }) => months.some(({ isSealed }) => isSealed));
  });
  protected readonly clouds = computed(() => {
    const step = this.step();
    if (step.kind !== 'checked') return [];
    const names = new Map(this.#sync.providers().map((p) => [p.providerId, p.displayName]));
    return drilledClouds(step.report, (providerId) => names.get(providerId) ?? providerId);
  });

  constructor() {
    inject(DestroyRef).onDestroy(() => this.#life.abort());
  }

  protected async check(): Promise<void> {
    const text = this.secret()?.text() ?? '';
    if (text === '') return this.secret()?.focus();
    if (this.step().kind !== 'asking') return;
    const read = readSecret(text);
    // A passphrase may look like a code with a mistake.
    const isCode = read.kind === 'recovery-code' && read.right === CODE_GROUPS;
    this.problem.set(null);
    this.step.set({ kind: 'checking', progress: null });
    const outcome = await withTyped(text, (secret) =>
      this.#sync.verifyRecovery(secret, {
        signal: this.#life.signal,
        onProgress: ({ monthsDone, monthsTotal, last }) =>
          this.step.set({
            kind: 'checking',
            progress: {
              done: monthsDone,
              total: monthsTotal,
              last: last === null ? '' : formatMonth(last.month),
            },
          }),
      }),
    );
    if (this.#life.signal.aborted) return;
    if (outcome.ok) {
      this.step.set({ kind: 'checked', report: outcome.report, isCode });
      return;
    }
    this.step.set({ kind: 'asking' });
    this.problem.set(secretProblem(outcome.error, text));
    afterNextRender(
      () => {
        this.secret()?.text.set(text);
        this.secret()?.focus();
      },
      { injector: this.#injector },
    );
  }
}
