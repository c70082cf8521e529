import { join } from 'node:path';
import { type MessengerServer, startMessengerServer } from '@chat-vault/messenger-server';
import * as syncServer from '@chat-vault/sync-server';
import { type BrowserContextOptions, expect, type Locator } from '@playwright/test';
import { type Device, test as base } from './test.ts';

const builtApp = join(import.meta.dirname, '../../../../dist/apps/messenger/browser');

/** The server with the sync server beside it, which can be away for a while. */
export interface LivePlace {
  /** Address of the sync server. */
  readonly liveUrl: string;
  /** Takes both away. */
  stop(): Promise<void>;
  /** Starts both again at the same addresses, over the same data. Tokens of before are no longer taken. */
  start(): Promise<void>;
}

/** Somebody who is signed in, on a device of their own. */
export class Person {
  readonly device: Device;
  readonly name: string;
  readonly badge: Locator;

  constructor(device: Device, name: string) {
    this.device = device;
    this.name = name;
    this.badge = device.page.getByTestId('connectivity');
  }

  async signIn(): Promise<void> {
    const { page } = this.device;
    await page.getByTestId('open-sign-in').click();
    await page.getByTestId('live-name').fill(this.name);
    await page.getByTestId('live-sign-in').click();
    await expect(page.getByTestId('live-user')).toHaveText(this.name);
    await this.expectAllSent();
  }

  async beginWith(people: string): Promise<void> {
    const { page } = this.device;
    await page.getByTestId('new-live').click();
    await page.getByTestId('live-people').fill(people);
    await page.getByTestId('start-live').click();
    await expect(page.getByTestId('thread-title')).toHaveText(people);
  }

  /** The mark at an own message. */
  sending(text: string): Locator {
    return this.device.messenger.message(text).getByTestId('sending');
  }

  async expectSent(text: string): Promise<void> {
    await expect(this.sending(text)).toHaveAttribute('data-sending', 'sent');
  }

  /** Takes the other person out of the open conversation, which is done once the server says so. */
  async removeMember(): Promise<void> {
    const { page } = this.device;
    const answer = page.waitForResponse((response) =>
      Boolean(response.request().postData()?.includes('MEMBER_REMOVE')),
    );
    await page.getByTestId('open-members').click();
    await page.getByTestId('remove-member').click();
    await answer;
  }

  async expectAllSent(): Promise<void> {
    await expect(this.badge).toContainText('Everything is sent');
    await expect(this.badge).toHaveAttribute('data-mark', 'sent');
  }
}

/** What each test with live sync is given, fresh. */
export interface LiveFixtures {
  /** Folder of the built messenger. */
  readonly appFolder: string;
  readonly place: LivePlace;
  /** Opens a new device and signs in there. */
  readonly openPerson: (name: string, options?: BrowserContextOptions) => Promise<Person>;
}

interface RunningPlace extends LivePlace {
  readonly server: MessengerServer;
}

/** Playwright's `test` with a messenger, its cloud, its devices, and people who write to each other live. */
export const test = base.extend<LiveFixtures & { readonly running: RunningPlace }>({
  appFolder: [builtApp, { option: true }],

  running: async ({ cloud, dataFolder, appFolder }, use) => {
    const options = { appFolder, dataFolder, syncServer, beforeCloud: cloud.handler };
    let server = await startMessengerServer({ ...options, port: 0, livePort: 0 });
    let isUp = true;
    const liveUrl = server.live?.url ?? '';
    const [port, livePort] = [server.url, liveUrl].map((url) => Number(new URL(url).port));
    const stop = async () => {
      if (isUp) await server.close();
      isUp = false;
    };
    await use({
      get server() {
        return server;
      },
      liveUrl,
      stop,
      async start() {
        server = await startMessengerServer({ ...options, port, livePort });
        isUp = true;
      },
    });
    await stop();
  },

  place: async ({ running }, use) => {
    await use(running);
  },

  server: async ({ running }, use) => {
    await use(running.server);
  },

  openPerson: async ({ openDevice }, use) => {
    await use(async (name, options) => {
      const person = new Person(await openDevice('', options), name);
      await person.signIn();
      return person;
    });
  },
});

export { expect } from '@playwright/test';
