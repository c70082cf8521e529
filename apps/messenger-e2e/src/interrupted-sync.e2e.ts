import { createCorpus, toNdjson } from './support/chat-corpus.ts';
import { Messenger } from './support/messenger.ts';
import { readStoredHistory } from './support/stored-history.ts';
import { type Device, expect, test } from './support/test.ts';

const conversations = ['Team', 'Family', 'Choir', 'Garden'];
/** More than 20,000 messages: a first backup of many files, so there is a middle to be killed in. */
const corpus = createCorpus({
  conversations,
  months: 3,
  messagesPerMonth: 1_700,
  wordsPerMessage: 6,
});
const ids = corpus.map(({ id }) => id).sort();

test('a page killed during a sync goes on where it was, and nothing is lost or doubled', async ({
  cloud,
  server,
  openDevice,
}) => {
  const one = await openDevice();
  await one.messenger.importText('team.ndjson', toNdjson(corpus));
  const stored = await readStoredHistory(one.page);
  expect(stored.messages.map(({ id }) => id).sort()).toEqual(ids);

  const reopened = await test.step('killed while it uploads', async () => {
    cloud.fail({ delayMs: 250, when: ({ method }) => method === 'PUT' });
    await one.messenger.enterPassword(server.password.password);
    await expect.poll(() => count(cloud.requests, 'PUT')).toBeGreaterThanOrEqual(4);
    await one.page.close();
    const uploaded = count(cloud.requests, 'PUT');
    cloud.heal();
    const messenger = await reopen(one);
    await messenger.expectBackedUp();
    expect(count(cloud.requests, 'PUT')).toBeGreaterThan(uploaded);
    return messenger;
  });
  const uploads = cloud.requests.filter(({ method }) => method === 'PUT');
  const paths = [...new Set(uploads.map(({ path }) => path))];
  expect(paths.filter((path) => path.includes('/catalogs/'))).toHaveLength(1);
  expect(paths.filter((path) => path.includes('chat_vault_2023_03'))).toHaveLength(1);

  await test.step('killed while it downloads', async () => {
    const two = await openDevice();
    cloud.forget();
    cloud.fail({ delayMs: 250, when: ({ method }) => method === 'GET' });
    await two.messenger.enterPassword(server.password.password);
    await expect.poll(() => count(cloud.requests, 'GET')).toBeGreaterThanOrEqual(1);
    await two.page.close();
    cloud.heal();
    const messenger = await reopen(two);
    await messenger.expectBackedUp();
    await fetchAllMonths(messenger);
    expect(await readStoredHistory(messenger.page)).toEqual(await readStoredHistory(reopened.page));
    const { messages } = await readStoredHistory(messenger.page);
    expect(messages.map(({ id }) => id).sort()).toEqual(ids);
  });
});

/** The same device in a new tab. */
async function reopen({ context }: Device): Promise<Messenger> {
  const page = await context.newPage();
  await page.goto('/storage');
  return new Messenger(page);
}

/** Brings every month that is only in the cloud to the device, as a person would. */
async function fetchAllMonths({ page }: Messenger): Promise<void> {
  const missing = page.getByTestId('restore-month');
  await expect(page.locator('tr[data-month]')).toHaveCount(3);
  for (let left = await missing.count(); left > 0; left = await missing.count()) {
    await missing.first().click();
    await expect(missing).toHaveCount(left - 1, { timeout: 30_000 });
  }
  await expect(page.locator('tr[data-place=both]')).toHaveCount(3);
}

const count = (requests: readonly { readonly method: string }[], method: string): number =>
  requests.filter((request) => request.method === method).length;
