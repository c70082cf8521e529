import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { type ChatStorage } from '@chat-vault/chat-storage';
import { cdp } from 'vitest/browser';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LiveSync } from '../client/live-sync.js';
import { type LiveSnapshot } from '../client/live-snapshot.js';
import { type LiveOptions, openLiveSync } from '../client/open-live-sync.js';
import { defaultHostEnvironment } from '../host/default-environment.js';
import { type HostEnvironment } from '../host/host-environment.js';
import { liveHostName } from '../host/live-host-name.js';
import { flushTag } from '../host/worker-messages.js';
import { type SeenByServer } from '../simulation/sync-server-plugin.js';

const SCRIPT = new URL('../simulation/real-worker.ts', import.meta.url).href;

let registration: ServiceWorkerRegistration;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  registration = await navigator.serviceWorker.register(SCRIPT, { type: 'module', scope: '/' });
  await vi.waitFor(() => expect(registration.active?.state).toBe('activated'), 20_000);
}, 30_000);
afterAll(() => registration.unregister());
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Waits longer for the worker than a person would like: the machine may be busy. */
const PATIENT: Partial<HostEnvironment> = {
  after: (ms, run) => defaultHostEnvironment().after(ms * 20, run),
};

/** The devtools of the page. */
const devtools = cdp() as unknown as {
  send(method: string, parameters?: object): Promise<unknown>;
  on(
    event: 'ServiceWorker.workerRegistrationUpdated',
    then: (update: {
      readonly registrations: readonly {
        readonly registrationId: string;
        readonly scopeURL: string;
      }[];
    }) => void,
  ): void;
};

const seenFor = async (token: string): Promise<SeenByServer> =>
  (await (await fetch(`/api/seen?token=${encodeURIComponent(token)}`)).json()) as SeenByServer;

/** A page of Alice, whose token is of this test only. */
async function openPage(options: Partial<LiveOptions> = {}) {
  const database = `live-worker-${crypto.randomUUID()}`;
  const token = `page of ${database}`;
  const storage: ChatStorage = await openIdbChatStorage({ name: database });
  ends.push(() => storage.destroy());
  const live: LiveSync = await openLiveSync({
    storage,
    url: '',
    userId: 'alice',
    token: async () => token,
    serviceWorker: { database },
    host: PATIENT,
    ...options,
  });
  ends.push(() => live.close());
  let snapshot: LiveSnapshot | undefined;
  live.snapshot$.subscribe((next) => (snapshot = next));
  const roles: string[] = [];
  const channel = new BroadcastChannel(
    `chat-vault-live:${liveHostName(storage.deviceId, 'alice')}`,
  );
  channel.onmessage = ({ data }) => void (data.kind === 'here' && roles.push(data.role));
  ends.push(async () => channel.close());
  return {
    database,
    live,
    state: () => snapshot?.state,
    pending: () => snapshot?.pending,
    /** Where the host was, as told. */
    roles,
    seen: () => seenFor(token),
    send: () =>
      live.send({
        id: crypto.randomUUID(),
        conversationUrn: 'urn:test:1',
        senderId: 'alice',
        typeId: 'text/plain',
        sentTimestamp: new Date().toISOString(),
        payloadBytes: new TextEncoder().encode('hello'),
      }),
  };
}

describe('hostLiveSync in a service worker of Chromium', () => {
  it('holds the connection of a page, with its token, and sends what it writes', async () => {
    const page = await openPage();
    await vi.waitFor(() => expect(page.state()).toBe('live'), 10_000);
    expect(new Set(page.roles)).toEqual(new Set(['worker']));
    await page.send();
    await vi.waitFor(async () => expect((await page.seen()).operations).toHaveLength(1), 10_000);
    await vi.waitFor(() => expect(page.pending()).toBe(0), 10_000);
    expect(await page.seen()).toMatchObject({ streams: 1, opened: 1 });
    await page.live.syncNow();
  }, 30_000);

  it('ends the connection when the page leaves', async () => {
    const page = await openPage();
    await vi.waitFor(() => expect(page.state()).toBe('live'), 10_000);
    await page.live.close();
    await vi.waitFor(async () => expect((await page.seen()).streams).toBe(0), 10_000);
  }, 30_000);

  it('hands over to the page when the browser kills the worker', async () => {
    const page = await openPage();
    await vi.waitFor(() => expect(page.state()).toBe('live'), 10_000);
    await devtools.send('ServiceWorker.enable');
    await devtools.send('ServiceWorker.stopAllWorkers');
    await vi.waitFor(async () => {
      expect(await page.seen()).toMatchObject({ streams: 1, opened: 2 });
    }, 10_000);
    await page.send();
    await vi.waitFor(async () => expect((await page.seen()).operations).toHaveLength(1), 10_000);
    expect(page.roles.at(-1)).toBe('page');
  }, 30_000);

  it('sends what waits when the browser says so after the page is gone', async () => {
    const page = await openPage({
      host: { locks: null },
      environment: { fetch: () => Promise.reject(new TypeError('Failed to fetch')) },
    });
    await page.send();
    await vi.waitFor(() => expect(page.pending()).toBe(1));
    await page.live.close();

    const updated = new Promise<string>((resolve) => {
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) =>
        resolve(
          registrations.find(({ scopeURL }) => scopeURL === registration.scope)?.registrationId ??
            '',
        ),
      );
    });
    await devtools.send('ServiceWorker.disable');
    await devtools.send('ServiceWorker.enable');
    await devtools.send('ServiceWorker.dispatchSyncEvent', {
      origin: location.origin,
      registrationId: await updated,
      tag: flushTag({ database: page.database, url: '', userId: 'alice' }),
      lastChance: false,
    });
    await vi.waitFor(async () => {
      const { operations } = await seenFor(`worker of ${page.database}`);
      expect(operations).toHaveLength(1);
    }, 15_000);
  }, 30_000);
});
