import { DOCUMENT, Service, computed, inject, signal } from '@angular/core';
import { DeviceProfile } from '../device/device-profile';

/** Where a WebDAV cloud is and who signs in. */
export interface WebDavSettings {
  /** As the person typed it; may be relative to this page. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

const KEY = 'webdav';

/** The settings of the clouds, kept in this browser for this device only. The password is kept as it is: the browser's storage is the device's. */
@Service()
export class CloudSettings {
  readonly #profile = inject(DeviceProfile);
  readonly #baseUri = inject(DOCUMENT).baseURI;
  readonly #webDav = signal(parseWebDav(this.#profile.read(KEY)));

  /** What was entered; `null` when nothing was. */
  readonly webDav = this.#webDav.asReadonly();
  /** The same as the WebDAV driver takes it, with the full address; `undefined` when nothing was entered. */
  readonly webDavOptions = computed(() => {
    const settings = this.#webDav();
    if (settings === null) return undefined;
    const { url, username, password } = settings;
    return { url: resolveUrl(url, this.#baseUri), credentials: { username, password } };
  });

  keepWebDav(settings: WebDavSettings | null): void {
    this.#webDav.set(settings);
    this.#profile.write(KEY, settings === null ? null : JSON.stringify(settings));
  }
}

/** The full address of a folder, with the slash that a folder ends in; unchanged when it is no address. */
export function resolveUrl(url: string, baseUri: string): string {
  const resolved = URL.parse(url.trim(), baseUri)?.href ?? url;
  return resolved.endsWith('/') ? resolved : `${resolved}/`;
}

function parseWebDav(stored: string | null): WebDavSettings | null {
  try {
    const value: unknown = JSON.parse(stored ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { url, username, password } = value as Record<string, unknown>;
    if (typeof url !== 'string' || typeof username !== 'string') return null;
    return { url, username, password: typeof password === 'string' ? password : '' };
  } catch {
    return null; // written by something else: as if it were not there
  }
}
