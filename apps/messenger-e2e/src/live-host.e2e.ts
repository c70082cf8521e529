import { type CDPSession, type Page } from '@playwright/test';
import { Messenger } from './support/messenger.ts';
import { expect, Person, test } from './support/live-test.ts';
import { OwnChromium, type OwnTab } from './support/own-chromium.ts';

/** A tab of Ann, with the streams that it asked for. */
interface Tab {
  readonly page: Page;
  readonly messenger: Messenger;
  readonly devtools: CDPSession;
  readonly streams: string[];
}

async function watch(page: Page): Promise<Tab> {
  const streams: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/sync/live')) streams.push(request.url());
  });
  const devtools = await page.context().newCDPSession(page);
  return { page, messenger: new Messenger(page), devtools, streams };
}

/** Ann with two tabs, of which the first holds the connection, and Bob. */
async function openTwoTabs(openPerson: (name: string) => Promise<Person>) {
  const ann = await openPerson('Ann');
  await ann.beginWith('Bob');
  await ann.device.messenger.send('Hello Bob');
  const first = await watch(ann.device.page);
  const second = await watch(await ann.device.context.newPage());
  await second.page.goto(first.page.url());
  await expect(second.page.getByTestId('connectivity')).toContainText('Everything is sent');
  await expect(second.messenger.message('Hello Bob')).toBeVisible();
  const bob = await openPerson('Bob');
  await bob.device.messenger.openConversation('Ann');
  expect(second.streams).toEqual([]);
  return { ann, first, second, bob };
}

/** Bob writes, and a tab shows it. */
async function receives({ messenger }: Tab, bob: Person, text: string): Promise<void> {
  await bob.device.messenger.send(text);
  await expect(messenger.message(text)).toBeVisible();
}

test('tabs share one connection, and another takes it over from one that is closed', async ({
  openPerson,
}) => {
  const { ann, first, second, bob } = await openTwoTabs(openPerson);
  await receives(second, bob, 'To both tabs');
  await expect(first.messenger.message('To both tabs')).toBeVisible();
  await second.messenger.send('From the second tab');
  await expect(bob.device.messenger.message('From the second tab')).toBeVisible();
  expect(second.streams).toEqual([]);

  await ann.device.page.close();
  await receives(second, bob, 'After the first tab');
  expect(second.streams).toHaveLength(1);
});

test('another tab takes over from one that the browser freezes, which follows when it thaws', async ({
  server,
  openPerson,
}) => {
  const own = await OwnChromium.start();
  try {
    await own.drive(async (context) => {
      await context.addInitScript(() =>
        Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: () => undefined }),
      );
      const page = await context.newPage();
      await page.goto(server.url);
      const ann = new Person({ context, page, messenger: new Messenger(page) }, 'Ann');
      await ann.signIn();
      await ann.beginWith('Bob');
      await ann.device.messenger.send('Hello Bob');
      await ann.expectSent('Hello Bob');
      await page.evaluate(() => (window.name = 'first'));
      const second = await context.newPage();
      await second.goto(page.url());
      await expect(new Messenger(second).message('Hello Bob')).toBeVisible();
      await second.evaluate(() => (window.name = 'second'));
    });
    const bob = await openPerson('Bob');
    const { messenger } = bob.device;
    await messenger.openConversation('Ann');
    const [first, second] = [await own.tab('first'), await own.tab('second')];
    const shows = (tab: OwnTab, text: string) =>
      expect.poll(() => tab.evaluate('document.body.innerText')).toContain(text);

    await first.setState('frozen');
    expect(await first.evaluate('document.visibilityState')).toBe('hidden');
    await messenger.send('To a frozen tab');
    await shows(second, 'To a frozen tab');

    await first.setState('active');
    await shows(first, 'To a frozen tab');
    await messenger.send('To a thawed tab');
    await shows(first, 'To a thawed tab');
    await shows(second, 'To a thawed tab');
  } finally {
    await own.close();
  }
});

test('another tab takes over from one that hangs, which follows when it goes on', async ({
  openPerson,
}) => {
  const { first, second, bob } = await openTwoTabs(openPerson);
  await first.devtools.send('Debugger.enable');
  const paused = new Promise((resolve) => first.devtools.once('Debugger.paused', resolve));
  await first.devtools.send('Debugger.pause');
  await paused;
  await expect.poll(() => second.streams.length).toBe(1);
  await receives(second, bob, 'To a tab that hangs');
  await second.messenger.send('From the other tab');
  await expect(bob.device.messenger.message('From the other tab')).toBeVisible();

  // A tab that is stopped by the debugger does not hear what is said to it meanwhile, unlike one that hangs.
  await first.devtools.send('Debugger.disable');
  await receives(first, bob, 'To a tab that goes on');
  expect(first.streams).toEqual([]);
  expect(second.streams).toHaveLength(1);
});

test('the service worker holds the connection, and a tab takes over when it is killed', async ({
  openPerson,
}) => {
  const ann = await openPerson('Ann', { serviceWorkers: 'allow' });
  await ann.beginWith('Bob');
  await ann.device.messenger.send('Hello Bob');
  const { page } = ann.device;
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const tab = await watch(page);
  // A worker that is late, as on a busy machine, finds the connection held by the tab.
  await expect(async () => {
    tab.streams.length = 0;
    await page.reload();
    await ann.expectAllSent();
    expect(tab.streams).toEqual([]);
  }).toPass();
  const bob = await openPerson('Bob');
  await bob.device.messenger.openConversation('Ann');
  await receives(tab, bob, 'By way of the worker');
  await tab.messenger.send('Out by the worker');
  await expect(bob.device.messenger.message('Out by the worker')).toBeVisible();
  expect(tab.streams).toEqual([]);

  await tab.devtools.send('ServiceWorker.enable');
  await tab.devtools.send('ServiceWorker.stopAllWorkers');
  await expect.poll(() => tab.streams.length).toBe(1);
  await receives(tab, bob, 'Without the worker');
  await page.reload();
  await ann.expectAllSent();
  await receives(tab, bob, 'After loading anew');
});
