import { DOCUMENT, DestroyRef, Service, computed, inject, signal, untracked } from '@angular/core';
import { CLOCK } from '../device/clock';
import { DemoSettings } from '../device/demo-settings';
import { DeviceProfile } from '../device/device-profile';
import { Preferences } from '../device/preferences';
import { LoginRefused, type Session, signInByName } from './development-login';

/** Who is signed in, and where. */
interface Account extends Session {
  readonly url: string;
}

const SETTING = 'live-account';
/** A token is renewed when it lasts no longer, milliseconds. */
const RENEW_MS = 60_000;

/** Who is signed in to live sync on this device, in all its tabs. */
@Service()
export class LiveAccount {
  readonly #profile = inject(DeviceProfile);
  readonly #preferences = inject(Preferences);
  readonly #demo = inject(DemoSettings);
  readonly #now = inject(CLOCK);
  readonly #account = signal(this.#read());
  #renewing: Promise<string | null> | null = null;

  readonly userId = computed(() => this.#account()?.userId ?? null);
  /** Address of the server; `null` when the page offers none and nobody is signed in. */
  readonly url = computed(() => this.#demo.offer.live?.url ?? this.#account()?.url ?? null);

  constructor() {
    const window = inject(DOCUMENT).defaultView;
    const follow = () => this.#account.set(this.#read());
    window?.addEventListener('storage', follow);
    inject(DestroyRef).onDestroy(() => window?.removeEventListener('storage', follow));
  }

  /** @throws what `signInByName` throws */
  async signIn(name: string): Promise<void> {
    const url = untracked(this.url);
    if (url === null) throw new Error('This page offers no live sync.');
    const session = await signInByName(url, name);
    this.#keep({ ...session, url });
    if (!this.#preferences.hasName()) this.#preferences.rename(session.userId);
    this.#preferences.claim(session.userId);
  }

  signOut(): void {
    this.#keep(null);
  }

  /**
   * A token that lasts, renewed when it ends or was refused; `null` when the server does not let the person in any more.
   * @throws TypeError when the server cannot be reached
   */
  async token(refused?: string): Promise<string | null> {
    const account = untracked(this.#account);
    if (account === null) return null;
    const lasts = account.expiresAt - this.#now() > RENEW_MS;
    if (account.token !== refused && lasts) return account.token;
    this.#renewing ??= this.#renew(account).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #renew({ userId, url: urlThen }: Account): Promise<string | null> {
    const url = untracked(this.url) ?? urlThen;
    try {
      const session = await signInByName(url, userId);
      // Signed out, or somebody else signed in meanwhile.
      if (untracked(this.userId) !== userId) return null;
      this.#keep({ ...session, url });
      return session.token;
    } catch (error) {
      if (error instanceof LoginRefused) return null;
      throw error;
    }
  }

  #keep(account: Account | null): void {
    this.#profile.write(SETTING, account && JSON.stringify(account));
    this.#account.set(account);
  }

  #read(): Account | null {
    try {
      const value: unknown = JSON.parse(this.#profile.read(SETTING) ?? 'null');
      const { userId, token, expiresAt, url } = (value ?? {}) as Partial<Account>;
      const isAccount =
        typeof userId === 'string' &&
        typeof token === 'string' &&
        typeof expiresAt === 'number' &&
        typeof url === 'string';
      return isAccount ? { userId, token, expiresAt, url } : null;
    } catch {
      return null; // written by something else: as if nobody were signed in
    }
  }
}
