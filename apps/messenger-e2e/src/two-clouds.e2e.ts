import { type Page } from '@playwright/test';
import { Messenger } from './support/messenger.ts';
import { expect, test } from './support/test.ts';

const connectFolder = async (page: Page) => {
  await page.getByTestId('open-storage').click();
  const folder = page.getByTestId('cloud-private-folder');
  await folder.getByTestId('connect').click();
  await expect(folder.getByTestId('cloud-state')).toHaveText('Backed up', { timeout: 60_000 });
};

/** Presses "Sync now" and waits until nothing is left to do in any cloud. */
const syncAll = async (messenger: Messenger) => {
  await messenger.syncNow.click();
  await expect(messenger.syncNow).toBeEnabled();
  await expect(messenger.syncState).toHaveText('Backed up');
};

const texts = async (messenger: Messenger) =>
  (await messenger.shownMessages()).map(({ text }) => text);

test('two clouds come to hold the same through a device that has both', async ({
  server,
  openDevice,
}) => {
  // The devices of one browser share its private folder; the one in another browser knows only the WebDAV cloud.
  const { context, messenger: inFolder, page } = await openDevice('/?device=folder');
  const bothPage = await context.newPage();
  await bothPage.goto('/?device=both');
  const both = new Messenger(bothPage);
  const { messenger: inWebDav } = await openDevice();

  await inFolder.startConversation('Notes');
  await inFolder.send('By way of the folder');
  await connectFolder(page);
  await inWebDav.startConversation('Notes');
  await inWebDav.send('By way of WebDAV');
  await inWebDav.connect(server.password.password);

  await both.connect(server.password.password);
  await connectFolder(bothPage);
  await expect(bothPage.getByTestId('sync-card-cloud')).toHaveText([
    'WebDAV',
    'This browser’s private folder',
  ]);
  await syncAll(both);
  for (const messenger of [inFolder, inWebDav]) await syncAll(messenger);
  for (const messenger of [both, inFolder, inWebDav]) {
    await messenger.openConversation('Notes');
    await expect.poll(() => texts(messenger)).toEqual(['By way of the folder', 'By way of WebDAV']);
  }

  await test.step('also what is written and taken back later', async () => {
    await inFolder.edit('By way of the folder', 'Edited in the folder');
    await inWebDav.delete('By way of WebDAV');
    for (const messenger of [inFolder, inWebDav, both, inFolder, inWebDav]) {
      await syncAll(messenger);
    }
    for (const messenger of [both, inFolder, inWebDav]) {
      await expect.poll(() => texts(messenger)).toEqual(['Edited in the folder']);
    }
  });
});
