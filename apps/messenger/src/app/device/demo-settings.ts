import { Service, resource } from '@angular/core';

/** A chat that the server offers for import. */
export interface DemoSample {
  readonly name: string;
  readonly url: string;
  readonly messages: number;
}

/** What the server that delivered the page offers besides it (`/chat-vault-demo.json`). */
export interface DemoOffer {
  readonly webdav: {
    readonly url: string;
    readonly username: string;
    readonly password: string;
  } | null;
  readonly samples: readonly DemoSample[];
  /** The server of live sync. */
  readonly live: { readonly url: string } | null;
}

/** A page that comes from a plain file server still has the sample it was built with. */
const WITHOUT_SERVER: DemoOffer = {
  webdav: null,
  samples: [{ name: 'freeCodeCamp chat rooms', url: 'sample/sample-2k.ndjson', messages: 2_000 }],
  live: null,
};

/** The demo server's offer, asked for once. */
@Service()
export class DemoSettings {
  readonly #offer = resource({ loader: ({ abortSignal }) => fetchOffer(abortSignal) });

  /** What is known so far; without an answer, the offer of a plain file server. */
  get offer(): DemoOffer {
    return this.#offer.hasValue() ? this.#offer.value() : WITHOUT_SERVER;
  }
}

async function fetchOffer(signal: AbortSignal): Promise<DemoOffer> {
  try {
    const answer = await fetch('chat-vault-demo.json', { signal });
    return answer.ok ? parseOffer(await answer.json()) : WITHOUT_SERVER;
  } catch {
    return WITHOUT_SERVER; // offline, or no JSON: a plain file server answers every path with the page
  }
}

/** Reads the file leniently: what it does not say well is not offered. */
export function parseOffer(value: unknown): DemoOffer {
  const { webdav, samples, live } = asObject(value);
  const { url, username, password } = asObject(webdav);
  return {
    webdav:
      typeof url === 'string'
        ? { url, username: asText(username), password: asText(password) }
        : null,
    samples: Array.isArray(samples) ? samples.flatMap(parseSample) : WITHOUT_SERVER.samples,
    live: parseLive(live),
  };
}

function parseLive(value: unknown): DemoOffer['live'] {
  const { url } = asObject(value);
  return typeof url === 'string' ? { url } : null;
}

function parseSample(value: unknown): readonly DemoSample[] {
  const { name, url, messages } = asObject(value);
  const isSample = typeof name === 'string' && typeof url === 'string';
  return isSample ? [{ name, url, messages: typeof messages === 'number' ? messages : 0 }] : [];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
