import { type Page } from '@playwright/test';
import { Messenger } from './support/messenger.ts';
import { expect, test } from './support/test.ts';

const texts = async (messenger: Messenger) =>
  (await messenger.shownMessages()).map(({ text }) => text);

const connectFolder = async (page: Page) => {
  const folder = page.getByTestId('cloud-private-folder');
  await folder.getByTestId('connect').click();
  await expect(folder.getByTestId('cloud-state')).toHaveText('Backed up', { timeout: 60_000 });
};

test('a copy saved as a file in one browser is brought in at another, without any cloud', async ({
  openDevice,
  findAccessibilityProblems,
}, testInfo) => {
  const { page, messenger, context } = await openDevice();
  // Nobody can answer the browser's own dialog here, so it is as in a browser that has none.
  await context.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  await page.reload();
  await messenger.startConversation('Notes');
  await messenger.send('Written at home');
  await messenger.send('Written later');
  await page.getByTestId('open-storage').click();
  const downloading = page.waitForEvent('download');
  await page.getByTestId('copy-save').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^chat-vault-\d{4}-\d\d-\d\d\.zip$/);
  const file = testInfo.outputPath(download.suggestedFilename());
  await download.saveAs(file);
  expect(await findAccessibilityProblems(page)).toEqual([]);

  const other = await openDevice();
  await other.page.getByTestId('open-storage').click();
  const bringIn = async () => {
    const choosing = other.page.waitForEvent('filechooser');
    await other.page.getByTestId('copy-bring-in').click();
    await (await choosing).setFiles(file);
  };
  await bringIn();
  await expect(other.page.getByTestId('toast')).toContainText('2 messages were brought in');
  await other.messenger.openConversation('Notes');
  expect(await texts(other.messenger)).toEqual(['Written at home', 'Written later']);

  await test.step('what is deleted stays deleted when it is brought in again', async () => {
    await other.messenger.delete('Written later');
    await other.page.getByTestId('open-storage').click();
    await bringIn();
    await expect(other.page.getByTestId('toast').last()).toContainText('is here already');
    await other.messenger.openConversation('Notes');
    expect(await texts(other.messenger)).toEqual(['Written at home']);
  });
});

test('a history is moved from WebDAV to a folder and goes on there', async ({
  server,
  cloud,
  openDevice,
  findAccessibilityProblems,
}) => {
  const { page, messenger, context } = await openDevice('/?device=one');
  await messenger.importSample();
  await page.getByTestId('import-open').click();
  await messenger.startConversation('Notes');
  await messenger.send('Before the move');
  await messenger.connect(server.password.password);
  await connectFolder(page);
  const old = page.getByTestId('sync-card').filter({ hasText: 'WebDAV' });
  await old.getByTestId('move').click();
  expect(await findAccessibilityProblems(page)).toEqual([]);
  await page.getByTestId('move-start').click();
  await expect(page.getByTestId('move-done')).toContainText('You may disconnect WebDAV now', {
    timeout: 120_000,
  });
  expect(await findAccessibilityProblems(page)).toEqual([]);
  await page.getByTestId('move-release').click();
  await expect(page.getByTestId('cloud-webdav')).toHaveAttribute('data-connected', 'false');
  await messenger.expectBackedUp();

  const requests = cloud.requests.length;
  await messenger.openConversation('Notes');
  await messenger.send('After the move');
  await messenger.syncNow.click();
  await expect(messenger.syncState).toHaveText('Backed up');
  expect(cloud.requests.length).toBe(requests);

  // Another device of this browser shares the folder, and never knew the WebDAV cloud.
  const otherPage = await context.newPage();
  await otherPage.goto('/?device=two');
  const other = new Messenger(otherPage);
  await otherPage.getByTestId('open-storage').click();
  await connectFolder(otherPage);
  await other.openConversation('Notes');
  expect(await texts(other)).toEqual(['Before the move', 'After the move']);
});

test('a folder that is gone is exchanged for another one, and nothing is lost', async ({
  openDevice,
}) => {
  const { page, messenger, context } = await openDevice();
  // Nobody can answer the browser's dialog here: it gives a folder of the private ones, which one is said by the page.
  await context.addInitScript(() => {
    Object.assign(window, {
      showDirectoryPicker: async () => {
        const root = await navigator.storage.getDirectory();
        return root.getDirectoryHandle(sessionStorage.getItem('folder') ?? 'old', { create: true });
      },
    });
  });
  await page.reload();
  await messenger.startConversation('Notes');
  await messenger.send('Kept in a folder');
  await page.getByTestId('open-storage').click();
  const folder = page.getByTestId('cloud-picked-folder');
  await folder.getByTestId('connect').click();
  await messenger.expectBackedUp();
  await expect(page.getByTestId('choose-folder')).toHaveCount(0);

  await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry('old', { recursive: true });
    sessionStorage.setItem('folder', 'new');
  });
  await messenger.syncNow.click();
  await folder.getByTestId('choose-folder').click({ timeout: 60_000 });
  await expect(page.getByTestId('toast')).toContainText('The folder is connected');
  await messenger.expectBackedUp();
  const files = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const vault = await (await root.getDirectoryHandle('new')).getDirectoryHandle('chat-vault');
    const deltas = await vault.getDirectoryHandle('deltas');
    const names: string[] = [];
    for await (const name of deltas.keys()) names.push(name);
    return names.length;
  });
  expect(files).toBe(1);
});
