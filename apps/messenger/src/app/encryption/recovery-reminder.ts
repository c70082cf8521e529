import { DOCUMENT, DestroyRef, Service, computed, effect, inject, signal } from '@angular/core';
import { ChatSyncService } from '@chat-vault/chat-sync';
import { CLOCK } from '../device/clock';
import { DeviceProfile } from '../device/device-profile';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** How long after turning on, and after each success, a person is asked to try the recovery code. */
const EVERY_MS = 4 * WEEK_MS;

/** Names of what is kept on this device, Unix ms. */
const SINCE = 'encryption-since';
const LATER = 'recovery-later';

/** When a person who encrypts is asked whether they still have what opens the history. */
@Service()
export class RecoveryReminder {
  readonly #sync = inject(ChatSyncService);
  readonly #profile = inject(DeviceProfile);
  readonly #clock = inject(CLOCK);
  readonly #now = signal(this.#clock());
  readonly #since = signal(this.#read(SINCE));
  readonly #later = signal(this.#read(LATER));

  /** The last success on this device; `null` when there was none, or nothing is encrypted. */
  readonly verifiedAt = computed(() => {
    const state = this.#sync.encryption();
    return state.state === 'unlocked' ? state.verifiedAt : null;
  });
  /** Whether that was with the recovery code. */
  readonly isByCode = computed(() => {
    const state = this.#sync.encryption();
    return state.state === 'unlocked' && state.verifiedWith === 'recovery';
  });
  /** Only the recovery code counts: the passphrase is typed now and then anyway. */
  readonly isDue = computed(() => {
    const since = this.#since();
    const state = this.#sync.encryption();
    if (state.state !== 'unlocked' || since === null) return false;
    const last = Math.max(since, state.recoveryVerifiedAt?.getTime() ?? 0);
    return this.#now() >= Math.max(last + EVERY_MS, this.#later() ?? 0);
  });

  constructor() {
    const document = inject(DOCUMENT);
    const looking = new AbortController();
    const look = () => this.#look();
    document.addEventListener('visibilitychange', look, { signal: looking.signal });
    // Another tab was told "later".
    document.defaultView?.addEventListener('storage', look, { signal: looking.signal });
    inject(DestroyRef).onDestroy(() => looking.abort());
    effect(() => {
      if (this.#sync.encryption().state === 'unlocked' && this.#since() === null) this.begin();
    });
  }

  /** Counts from now on: encryption was turned on. */
  begin(): void {
    this.#keep(SINCE, this.#clock());
    this.#keep(LATER, null);
  }

  /** Encryption was turned off. */
  end(): void {
    this.#keep(SINCE, null);
    this.#keep(LATER, null);
  }

  /** Asks again in a week. */
  snooze(): void {
    this.#keep(LATER, this.#clock() + WEEK_MS);
  }

  #look(): void {
    this.#now.set(this.#clock());
    this.#since.set(this.#read(SINCE));
    this.#later.set(this.#read(LATER));
  }

  #read(name: string): number | null {
    const stored = Number(this.#profile.read(name) ?? NaN);
    return Number.isFinite(stored) ? stored : null;
  }

  #keep(name: string, time: number | null): void {
    this.#profile.write(name, time === null ? null : String(time));
    (name === SINCE ? this.#since : this.#later).set(time);
    this.#now.set(this.#clock());
  }
}
