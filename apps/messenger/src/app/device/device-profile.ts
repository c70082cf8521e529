import { DOCUMENT, Service, inject } from '@angular/core';

/**
 * Which device this page is. `?device=two` makes another one in the same browser, with its own database and settings, so that
 * syncing between two can be tried on one machine.
 */
@Service()
export class DeviceProfile {
  readonly #window = inject(DOCUMENT).defaultView;

  /** `''` for the browser itself, else the name in `?device=`. */
  readonly key = readDeviceKey(this.#window?.location.search ?? '');
  /** Name of the IndexedDB database. */
  readonly databaseName = this.key === '' ? 'messenger' : `messenger-${this.key}`;

  /** A setting of this device; `null` when it was never made, or the browser keeps none. */
  read(name: string): string | null {
    try {
      return this.#window?.localStorage.getItem(this.#prefixed(name)) ?? null;
    } catch {
      return null; // storage is blocked: settings last as long as the page
    }
  }

  /** Keeps a setting of this device; `null` forgets it. */
  write(name: string, value: string | null): void {
    try {
      if (value === null) this.#window?.localStorage.removeItem(this.#prefixed(name));
      else this.#window?.localStorage.setItem(this.#prefixed(name), value);
    } catch {
      // Storage is blocked or full: the setting lasts as long as the page.
    }
  }

  #prefixed(name: string): string {
    return `chat-vault${this.key === '' ? '' : `.${this.key}`}.${name}`;
  }
}

/** Letters, digits and dashes of `?device=`, so that it can be part of a database name. */
export function readDeviceKey(search: string): string {
  const key = new URLSearchParams(search).get('device')?.toLowerCase() ?? '';
  return /^[a-z0-9-]{1,32}$/.test(key) ? key : '';
}
