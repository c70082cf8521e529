import { DOCUMENT, Service, computed, effect, inject, signal } from '@angular/core';
import { DeviceProfile } from './device-profile';

/** Colours of the app: those of the system, or one of the two. */
export type Theme = 'system' | 'light' | 'dark';

/** The name under which people write who gave none. */
export const DEFAULT_NAME = 'Me';

/** What the person chose on this device. */
@Service()
export class Preferences {
  readonly #profile = inject(DeviceProfile);
  readonly #root = inject(DOCUMENT).documentElement;
  readonly #name = signal(this.#profile.read('own-name') ?? '');
  readonly #aliases = signal(parseNames(this.#profile.read('own-aliases')));
  readonly #theme = signal(parseTheme(this.#profile.read('theme')));

  /** The person's name, the `senderId` of what is written here. */
  readonly ownName = computed(() => this.#name() || DEFAULT_NAME);
  /** Whether the person gave a name. */
  readonly hasName = computed(() => this.#name() !== '');
  /** All names that are this person: the present one, earlier ones, and those claimed in imported chats. */
  readonly ownSenderIds = computed<ReadonlySet<string>>(
    () => new Set([this.ownName(), DEFAULT_NAME, ...this.#aliases()]),
  );
  readonly theme = this.#theme.asReadonly();

  constructor() {
    effect(() => {
      const theme = this.#theme();
      if (theme === 'system') delete this.#root.dataset['theme'];
      else this.#root.dataset['theme'] = theme;
    });
  }

  /** Sets the name; messages written under the former one stay the person's own. */
  rename(name: string): void {
    const trimmed = name.trim().replace(/\s+/g, ' ');
    if (this.#name() !== '') this.claim(this.#name());
    this.#name.set(trimmed);
    this.#profile.write('own-name', trimmed || null);
  }

  /** Says that a sender of an imported chat is this person. */
  claim(senderId: string): void {
    this.#aliases.update((names) => [...new Set([...names, senderId])]);
    this.#profile.write('own-aliases', JSON.stringify(this.#aliases()));
  }

  chooseTheme(theme: Theme): void {
    this.#theme.set(theme);
    this.#profile.write('theme', theme === 'system' ? null : theme);
  }
}

function parseNames(stored: string | null): readonly string[] {
  try {
    const value: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
  } catch {
    return []; // written by something else: as if it were not there
  }
}

function parseTheme(stored: string | null): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}
