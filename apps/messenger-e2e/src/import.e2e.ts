import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createCorpus, toNdjson } from './support/chat-corpus.ts';
import { readStoredHistory } from './support/stored-history.ts';
import { expect, test } from './support/test.ts';

const fixtures = join(import.meta.dirname, '../../messenger/fixtures');

test.describe('importing', () => {
  test('twice changes nothing, here and in the cloud', async ({ cloud, server, openDevice }) => {
    const { page, messenger } = await openDevice();
    await messenger.importSample();
    await page.getByTestId('import-open').click();
    await messenger.connect(server.password.password);
    await messenger.openConversation('GameDev');
    await messenger.startConversation('Notes');
    const before = await readStoredHistory(page);

    cloud.forget();
    await page.getByTestId('import').click();
    await page.getByTestId('import-sample').first().click();
    await expect(page.getByTestId('import-done')).toBeVisible({ timeout: 30_000 });
    await expect(page.getByTestId('import-added')).toHaveText('0');
    await expect(page.getByTestId('import-known')).toHaveText('2,000');
    await page.getByTestId('import-open').click();
    await expect(messenger.syncState).toHaveText('Backed up');
    await messenger.sync();
    expect(await readStoredHistory(page)).toEqual(before);
    expect(cloud.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  test('counts and shows the lines that are bad, and imports the others', async ({
    openDevice,
  }) => {
    const { page, messenger } = await openDevice();
    const good = createCorpus({ conversations: ['Team'], months: 1, messagesPerMonth: 4 });
    const lines = [
      'a secret that is no JSON',
      JSON.stringify({ ...good[0], id: 7 }),
      JSON.stringify({ ...good[0], sentAt: 'yesterday' }),
    ];
    const text = toNdjson(good) + lines.join('\n');
    const file = { name: 'team.ndjson', mimeType: '', buffer: Buffer.from(text) };
    await messenger.chooseImport(file);
    await expect(page.getByTestId('import-added')).toHaveText('4');
    const badLines = page.getByTestId('bad-lines');
    await badLines.getByText('3 lines could not be read').click();
    await expect(badLines.getByRole('listitem')).toHaveText([
      /Line 5\s+This line is not JSON\./,
      /Line 6\s+"id" is missing or is not a text\./,
      /Line 7\s+"sentAt" is not an instant/,
    ]);
    await expect(badLines).not.toContainText('secret');
    await page.getByTestId('import-open').click();
    await expect(messenger.messages).toHaveCount(4);
  });

  test('says what a file is that is no chat', async ({ openDevice }) => {
    const { page, messenger } = await openDevice();
    await messenger.dropFile('recipe.txt', 'Two eggs, flour and milk.\n');
    await expect(page.getByTestId('import-failed')).toContainText('This is no chat export.');
  });

  test('reads exports of WhatsApp and Telegram, chosen or dropped, once', async ({
    openDevice,
  }) => {
    const { page, messenger } = await openDevice();
    const files = await exportFiles();
    expect(files.length).toBeGreaterThan(15);
    let isDropped = false;
    for (const expectation of ['some', 'none'] as const) {
      for (const file of files) {
        isDropped = !isDropped;
        if (isDropped) await messenger.dropFile(file, await readFile(file, 'utf8'));
        else await messenger.chooseImport(file);
        await test.step(`${expectation} of ${file}`, async () => {
          const start = page.getByTestId('import-start');
          await start.waitFor();
          const name = page.getByTestId('import-name');
          if (await name.isVisible()) await name.fill(basename(file));
          const dayFirst = page.getByTestId('day-first');
          if (await dayFirst.isVisible()) await dayFirst.check();
          await start.click();
          const added = page.getByTestId('import-added');
          if (expectation === 'none') await expect(added).toHaveText('0');
          else await expect(added).not.toHaveText('0');
          await page.keyboard.press('Escape');
          await expect(page.getByTestId('import-dialog')).toHaveCount(0);
        });
      }
    }
  });
});

/** Every export among the fixtures. */
async function exportFiles(): Promise<readonly string[]> {
  const inFolder = async (folder: string, ending: string) => {
    const names = await readdir(join(fixtures, folder));
    return names
      .filter((name) => name.endsWith(ending))
      .sort()
      .map((name) => join(fixtures, folder, name));
  };
  return [...(await inFolder('whatsapp', '.txt')), ...(await inFolder('telegram', '.json'))];
}
