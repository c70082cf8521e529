import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { HybridClock } from '@chat-vault/core';

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** One person, who prepares bodies beforehand, so that the time measured is the server's. */
export class Client {
  readonly userId: string;
  readonly #url: string;
  readonly #token: string;
  readonly #clock: HybridClock;

  constructor(url: string, userId: string, token: string) {
    this.#url = url;
    this.userId = userId;
    this.#token = token;
    this.#clock = new HybridClock({ deviceId: randomUUID().replaceAll('-', '').slice(0, 16) });
  }

  static async signIn(url: string, userId: string): Promise<Client> {
    const body = JSON.stringify({ name: userId });
    const answer = JSON.parse(await send(`${url}/api/login`, { body })) as { token: string };
    return new Client(url, userId, answer.token);
  }

  op(action: string, payload: object): object {
    return { opId: randomUUID(), action, payload, timestamp: Date.now(), stamp: this.#clock.now() };
  }

  message(conversationUrn: string, payloadText: string): object {
    return this.op('MESSAGE_SEND', {
      id: randomUUID(),
      conversationUrn,
      senderId: this.userId,
      typeId: 'text/plain',
      sentTimestamp: new Date().toISOString(),
      payloadText,
    });
  }

  body(operations: readonly object[]): string {
    return JSON.stringify({ operations });
  }

  /** Sends a prepared body; fails unless everything was applied. */
  async flush(body: string): Promise<void> {
    const answer = await send(`${this.#url}/api/sync`, { body, token: this.#token });
    const { results } = JSON.parse(answer) as { results: readonly { status: string }[] };
    const other = results.find(({ status }) => status !== 'applied');
    if (other) throw new Error(JSON.stringify(other));
  }

  /** One page. */
  async page(since: string, limit: number): Promise<string> {
    const query = `limit=${limit}${since === '' ? '' : `&since=${since}`}`;
    return send(`${this.#url}/api/sync?${query}`, { token: this.#token });
  }

  /** The cursor after everything that there is. */
  async cursor(): Promise<string> {
    let since = '';
    for (;;) {
      const page = JSON.parse(await this.page(since, 1000)) as { cursor: string; hasMore: boolean };
      since = page.cursor;
      if (!page.hasMore) return since;
    }
  }

  /** Opens a stream and tells of each piece of text that comes; resolves when it is caught up. Gives what ends it. */
  live(since: string, onText: (text: string) => void): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const call = request(`${this.#url}/api/sync/live?since=${since}`, {
        agent,
        headers: { authorization: `Bearer ${this.#token}` },
      });
      call.once('error', reject);
      call.once('response', (response) => {
        if (response.statusCode !== 200) reject(new Error(`a stream got ${response.statusCode}`));
        response.on('error', () => undefined); // we end it
        response.setEncoding('utf8').on('data', (text: string) => {
          if (text.includes('event: caught-up')) resolve(() => call.destroy());
          onText(text);
        });
      });
      call.end();
    });
  }
}

/** Sends a request and reads the answer. */
function send(
  url: string,
  { body, token }: { readonly body?: string; readonly token?: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      agent,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
    });
    call.once('error', reject);
    call.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${response.statusCode}: ${text}`));
      });
    });
    call.end(body);
  });
}
