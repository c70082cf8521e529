import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type MessengerServer, startMessengerServer } from '@chat-vault/messenger-server';
import {
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  test as base,
} from '@playwright/test';
import { CloudObserver } from './cloud-observer.ts';
import { Messenger } from './messenger.ts';
import { readStoredFiles, type StoredFile } from './stored-files.ts';

/** A browser of its own, as another phone or computer of the same person. */
export interface Device {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly messenger: Messenger;
}

/** What each test is given, fresh. */
export interface MessengerFixtures {
  /** Counts the requests to the cloud, and breaks it on demand. */
  readonly cloud: CloudObserver;
  /** A folder of the server, empty at first; its cloud keeps the files in `cloud/`. */
  readonly dataFolder: string;
  readonly server: MessengerServer;
  /** What lies in the cloud, as whoever keeps it can read it. */
  readonly readCloud: () => Promise<readonly StoredFile[]>;
  /** Opens the messenger on a new device with nothing stored. */
  readonly openDevice: (path?: string, options?: BrowserContextOptions) => Promise<Device>;
  /** What axe finds wrong on a page by WCAG 2.2 A and AA: one line each, none when all is well. */
  readonly findAccessibilityProblems: (page: Page) => Promise<readonly string[]>;
}

const appFolder = join(import.meta.dirname, '../../../../dist/apps/messenger/browser');
const ACCESSIBILITY_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Playwright's `test` with a messenger, its cloud and its devices. */
export const test = base.extend<MessengerFixtures>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures that are used from here.
  cloud: async ({}, use) => {
    await use(new CloudObserver());
  },

  // eslint-disable-next-line no-empty-pattern -- as above
  dataFolder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'messenger-e2e-'));
    await use(folder);
    await rm(folder, { recursive: true });
  },

  server: async ({ cloud, dataFolder }, use) => {
    const beforeCloud = cloud.handler;
    const server = await startMessengerServer({ appFolder, dataFolder, port: 0, beforeCloud });
    await use(server);
    await server.close();
  },

  readCloud: async ({ dataFolder }, use) => {
    await use(() => readStoredFiles(join(dataFolder, 'cloud')));
  },

  openDevice: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (path = '', options = {}) => {
      const context = await browser.newContext({
        baseURL: server.url,
        // Playwright takes no network from a service worker: where that is tested, the tabs hold the connections.
        serviceWorkers: 'block',
        ...options,
      });
      contexts.push(context);
      const page = await context.newPage();
      await page.goto(path);
      return { context, page, messenger: new Messenger(page) };
    });
    await Promise.all(contexts.map((context) => context.close()));
  },

  // eslint-disable-next-line no-empty-pattern -- as above
  findAccessibilityProblems: async ({}, use) => {
    await use(async (page) => {
      const { violations } = await new AxeBuilder({ page }).withTags(ACCESSIBILITY_TAGS).analyze();
      return violations.map(
        ({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html).join(' ')})`,
      );
    });
  },
});

export { expect } from '@playwright/test';
