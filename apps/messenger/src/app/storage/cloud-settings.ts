import { DOCUMENT, Service, computed, inject, signal } from '@angular/core';
import { DeviceProfile } from '../device/device-profile';

/** Where a WebDAV cloud is and who signs in. */
export interface WebDavSettings {
  /** As the person typed it; may be relative to this page. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** Where an S3 bucket is and the keys to it. */
export interface S3Settings {
  /** As the person typed it. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The folder in the bucket; `''` for the bucket itself. */
  readonly prefix: string;
}

const WEB_DAV_KEY = 'webdav';
const S3_KEY = 's3';

/** The settings of the clouds, kept in this browser for this device only. Passwords and keys are kept as they are: the browser's storage is the device's. */
@Service()
export class CloudSettings {
  readonly #profile = inject(DeviceProfile);
  readonly #baseUri = inject(DOCUMENT).baseURI;
  readonly #webDav = signal(parseWebDav(this.#profile.read(WEB_DAV_KEY)));
  readonly #s3 = signal(parseS3(this.#profile.read(S3_KEY)));

  /** What was entered; `null` when nothing was. */
  readonly webDav = this.#webDav.asReadonly();
  /** The same as the WebDAV driver takes it, with the full address; `undefined` when nothing was entered. */
  readonly webDavOptions = computed(() => {
    const settings = this.#webDav();
    if (settings === null) return undefined;
    const { url, username, password } = settings;
    return { url: resolveUrl(url, this.#baseUri), credentials: { username, password } };
  });
  /** What was entered; `null` when nothing was. */
  readonly s3 = this.#s3.asReadonly();
  /** The same as the S3 driver takes it; `undefined` when nothing was entered. */
  readonly s3Options = computed(() => {
    const settings = this.#s3();
    if (settings === null) return undefined;
    const { accessKeyId, secretAccessKey, prefix, ...place } = settings;
    const credentials = { accessKeyId, secretAccessKey };
    return { ...place, ...(prefix !== '' && { prefix }), credentials };
  });

  keepWebDav(settings: WebDavSettings | null): void {
    this.#webDav.set(settings);
    this.#profile.write(WEB_DAV_KEY, settings === null ? null : JSON.stringify(settings));
  }

  keepS3(settings: S3Settings | null): void {
    this.#s3.set(settings);
    this.#profile.write(S3_KEY, settings === null ? null : JSON.stringify(settings));
  }
}

/** The full address of a folder, with the slash that a folder ends in; unchanged when it is no address. */
export function resolveUrl(url: string, baseUri: string): string {
  const resolved = URL.parse(url.trim(), baseUri)?.href ?? url;
  return resolved.endsWith('/') ? resolved : `${resolved}/`;
}

function parseWebDav(stored: string | null): WebDavSettings | null {
  const { url, username, password } = parseFields(stored);
  if (url === undefined || username === undefined) return null;
  return { url, username, password: password ?? '' };
}

function parseS3(stored: string | null): S3Settings | null {
  const { endpoint, bucket, region = '', accessKeyId = '' } = parseFields(stored);
  const { secretAccessKey = '', prefix = '' } = parseFields(stored);
  if (endpoint === undefined || bucket === undefined) return null;
  return { endpoint, bucket, region, accessKeyId, secretAccessKey, prefix };
}

/** The texts of a stored object; none when something else wrote there. */
function parseFields(stored: string | null): Readonly<Partial<Record<string, string>>> {
  try {
    const value: unknown = JSON.parse(stored ?? 'null');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string'));
  } catch {
    return {}; // written by something else: as if it were not there
  }
}
