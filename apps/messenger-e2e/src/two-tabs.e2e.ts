import { Messenger } from './support/messenger.ts';
import { readStoredHistory } from './support/stored-history.ts';
import { expect, test } from './support/test.ts';

test('two tabs of one device show the same at once, and upload everything once', async ({
  cloud,
  server,
  openDevice,
}) => {
  const { context, page, messenger: first } = await openDevice();
  await first.startConversation('Notes');
  await first.send('Before the second tab');
  await first.connect(server.password.password);
  await first.openConversation('Notes');
  const secondPage = await context.newPage();
  await secondPage.goto(page.url());
  const second = new Messenger(secondPage);
  await expect(second.message('Before the second tab')).toBeVisible();
  await expect(second.syncState).toHaveText('Backed up');

  cloud.forget();
  await first.send('From the first tab');
  await expect(second.message('From the first tab')).toBeVisible();
  await second.send('From the second tab');
  await expect(first.message('From the second tab')).toBeVisible();
  await Promise.all([first.syncNow.click(), second.syncNow.click()]);
  for (const tab of [first, second]) await expect(tab.syncState).toHaveText('Backed up');
  await first.sync();
  await second.sync();
  const uploads = cloud.requests.filter(({ method }) => method === 'PUT');
  expect(uploads.map(({ path }) => path)).toEqual([expect.stringContaining('/deltas/')]);

  const { page: otherPage, messenger: other } = await openDevice();
  await other.connect(server.password.password);
  await other.openConversation('Notes');
  const texts = ['Before the second tab', 'From the first tab', 'From the second tab'];
  await expect
    .poll(async () => (await other.shownMessages()).map(({ text }) => text))
    .toEqual(texts);
  expect(await readStoredHistory(otherPage)).toEqual(await readStoredHistory(page));
});
