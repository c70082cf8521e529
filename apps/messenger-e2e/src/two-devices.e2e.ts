import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Messenger } from './support/messenger.ts';
import { readStoredHistory } from './support/stored-history.ts';
import { expect, test } from './support/test.ts';

const messengerFolder = join(import.meta.dirname, '../../messenger');
const whatsAppFile = join(
  messengerFolder,
  'fixtures/whatsapp/ios-dmy-24h-unicode-edgecases.chatistics.txt',
);

test.describe('two devices', () => {
  test('find the same conversations and messages', async ({ server, openDevice }) => {
    const { page: pageOne, messenger: one } = await openDevice();
    await one.importSample();
    await expect(pageOne.getByTestId('import-added')).toHaveText('2,000');
    await pageOne.getByTestId('import-open').click();
    await one.connect(server.password.password);

    const { page: pageTwo, messenger: two } = await openDevice();
    await two.connect(server.password.password);
    expect(await two.conversationCount()).toBe(48);
    expect(await two.conversationCount()).toBe(await one.conversationCount());
    expect(await two.shownConversations()).toEqual(await one.shownConversations());

    await one.openConversation('ruby');
    await two.openConversation('ruby');
    const sample = await readSample('FreeCodeCamp/ruby');
    const newest = sample.at(-1)?.id;
    await expect.poll(async () => (await two.shownMessages()).at(-1)?.id).toBe(newest);
    expect(await two.shownMessages()).toEqual(await one.shownMessages());
    const wholeThread = await two.readWholeThread();
    expect(wholeThread.map(({ id }) => id)).toEqual(sample.map(({ id }) => id));
    expect(await readStoredHistory(pageTwo)).toEqual(await readStoredHistory(pageOne));
  });

  test('can be tried in one browser, each with its own database', async ({
    server,
    openDevice,
  }) => {
    const { context, page, messenger: one } = await openDevice();
    await one.chooseImport(whatsAppFile);
    await page.getByTestId('import-start').click();
    await page.getByTestId('import-open').click();
    await expect(one.messages.first()).toBeVisible();
    await one.connect(server.password.password);

    const pageTwo = await context.newPage();
    await pageTwo.goto('?device=two');
    await expect(pageTwo.getByTestId('empty-state')).toBeVisible();
    const two = new Messenger(pageTwo);
    await two.connect(server.password.password);
    expect(await two.shownConversations()).toEqual(await one.shownConversations());
    const ofTwo = await readStoredHistory(pageTwo, 'messenger-two');
    expect(ofTwo.messages.length).toBeGreaterThan(10);
    expect(ofTwo).toEqual(await readStoredHistory(page));
  });
});

/** The messages of one room in the sample, oldest first. */
async function readSample(room: string) {
  const text = await readFile(join(messengerFolder, 'public/sample/sample-2k.ndjson'), 'utf8');
  const lines = text.trim().split('\n');
  return lines
    .map((line) => JSON.parse(line) as Readonly<Record<'id' | 'conversation' | 'sender', string>>)
    .filter(({ conversation }) => conversation === room);
}
