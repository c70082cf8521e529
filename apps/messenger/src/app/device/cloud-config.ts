import { DOCUMENT, Service, computed, inject, resource } from '@angular/core';

/** Under which id this application is registered at a service. Not a secret. */
export interface AppRegistration {
  readonly clientId: string;
}

/** The services at which the application is registered (`/cloud-config.json`, see the README). */
export interface CloudRegistrations {
  readonly googleDrive: AppRegistration | null;
  readonly dropbox: AppRegistration | null;
  readonly oneDrive: AppRegistration | null;
}

const NOWHERE: CloudRegistrations = { googleDrive: null, dropbox: null, oneDrive: null };

/** What the one who serves this page registered it for, asked for once. Until it is known, and without it, nothing. */
@Service()
export class CloudConfig {
  readonly #baseUri = inject(DOCUMENT).baseURI;
  readonly #registrations = resource({ loader: ({ abortSignal }) => fetchConfig(abortSignal) });
  readonly #known = computed(() =>
    this.#registrations.hasValue() ? this.#registrations.value() : NOWHERE,
  );
  /** The page of this application that services send their answer to (main.ts). */
  readonly #redirectUri = new URL('signed-in', this.#baseUri).href;

  readonly googleDrive = computed(() => this.#known().googleDrive);
  readonly dropbox = computed(() => this.#withRedirect(this.#known().dropbox));
  readonly oneDrive = computed(() => this.#withRedirect(this.#known().oneDrive));

  #withRedirect(registration: AppRegistration | null) {
    return registration && { ...registration, redirectUri: this.#redirectUri };
  }
}

async function fetchConfig(signal: AbortSignal): Promise<CloudRegistrations> {
  try {
    const answer = await fetch('cloud-config.json', { signal });
    return answer.ok ? parseConfig(await answer.json()) : NOWHERE;
  } catch {
    return NOWHERE; // offline, or no JSON: a plain file server answers every path with the page
  }
}

/** Reads the file leniently: what it does not say well is not offered. */
export function parseConfig(value: unknown): CloudRegistrations {
  const { googleDrive, dropbox, oneDrive } = fieldsOf(value);
  return {
    googleDrive: parseRegistration(googleDrive),
    dropbox: parseRegistration(dropbox),
    oneDrive: parseRegistration(oneDrive),
  };
}

function parseRegistration(value: unknown): AppRegistration | null {
  const { clientId } = fieldsOf(value);
  return typeof clientId === 'string' && clientId.trim() !== ''
    ? { clientId: clientId.trim() }
    : null;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
