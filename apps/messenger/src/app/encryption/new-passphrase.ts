import {
  Component,
  computed,
  inject,
  input,
  linkedSignal,
  resource,
  signal,
  viewChild,
} from '@angular/core';
import { Preferences } from '../device/preferences';
import { type JudgePassphrase, LOAD_JUDGE, TYPING_PAUSE } from './judge-passphrase';
import { type PassphraseStrength, UNJUDGED } from './passphrase-strength';
import { SecretInput } from './secret-input';

/** What is known of a passphrase. */
interface Judged {
  readonly passphrase: string;
  readonly strength: PassphraseStrength;
}

/** Asks for a new passphrase twice and tells how strong it is: one that is guessed within a day is refused, one that is not strong needs the person's word. */
@Component({
  selector: 'cv-new-passphrase',
  imports: [SecretInput],
  templateUrl: './new-passphrase.html',
  styleUrls: ['../ui/dialog-body.css', './new-passphrase.css'],
})
export class NewPassphrase {
  readonly label = input('Passphrase');
  readonly #preferences = inject(Preferences);
  readonly #loadJudge = inject(LOAD_JUDGE);
  readonly #pause = inject(TYPING_PAUSE);
  #judging: Promise<JudgePassphrase> | null = null;
  private readonly first = viewChild.required<SecretInput>('first');
  private readonly second = viewChild.required<SecretInput>('second');
  protected readonly typed = signal('');
  protected readonly again = signal('');
  protected readonly isShown = signal(false);
  /** Whether the person insists on a weak one; asked again for each. */
  protected readonly isAccepted = linkedSignal({ source: this.typed, computation: () => false });
  /** Whether it was tried to go on, so that what is missing is said. */
  protected readonly isTried = signal(false);
  readonly #known = signal<Judged | null>(null);
  /** `null` while nothing was typed or nothing is known; for a moment that of what was typed before. */
  protected readonly strength = computed(() =>
    this.typed() === '' ? null : (this.#known()?.strength ?? null),
  );
  protected readonly isWeak = computed(() => this.strength()?.level === 'weak');
  protected readonly problem = computed(() => {
    const strength = this.strength();
    if (this.typed() === '') return 'Choose a passphrase.';
    if (strength?.level === 'refused') return 'Choose one that is harder to guess.';
    if (this.typed() !== this.again())
      return this.again() === '' ? 'Type it a second time.' : 'The two are not the same.';
    if (this.isWeak() && !this.isAccepted()) return 'Choose a stronger one, or tick the box above.';
    return '';
  });

  constructor() {
    // While the person thinks of one; where it fails the first letter tries again.
    this.#load().catch(() => (this.#judging = null));
    // As a resource the application is not stable before it is known.
    resource({
      params: () => this.typed(),
      loader: async ({ params, abortSignal }) => {
        await this.#pause();
        if (!abortSignal.aborted && params !== '') await this.#judge(params);
      },
    });
  }

  /** The passphrase; `null` when something is missing, which is said then. */
  async take(): Promise<string | null> {
    // What is typed while the judge is loading is judged too.
    for (let judged: string | null = null; judged !== this.typed();) {
      judged = this.typed();
      await this.#judge(judged);
    }
    if (this.problem() === '') return this.typed();
    this.isTried.set(true);
    const isFirst = this.typed() === '' || this.strength()?.level !== 'good';
    (isFirst ? this.first() : this.second()).focus();
    return null;
  }

  async #judge(passphrase: string): Promise<void> {
    if (passphrase === '' || this.#known()?.passphrase === passphrase) return;
    const strength = await this.#strengthOf(passphrase);
    if (this.typed() === passphrase) this.#known.set({ passphrase, strength });
  }

  #load(): Promise<JudgePassphrase> {
    this.#judging ??= this.#loadJudge();
    return this.#judging;
  }

  async #strengthOf(passphrase: string): Promise<PassphraseStrength> {
    try {
      const judge = await this.#load();
      const names = [...this.#preferences.ownSenderIds()];
      return judge(
        passphrase,
        names.flatMap((name) => name.split(/\s+/)),
      );
    } catch {
      this.#judging = null; // offline: the next passphrase tries again
      return UNJUDGED;
    }
  }
}
