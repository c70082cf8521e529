import { join } from 'node:path';
import { expect, test } from './support/test.ts';

const ambiguousExport = join(
  import.meta.dirname,
  '../../messenger/fixtures/whatsapp/android-d-m-yy-24h-edgecases.chatistics.txt',
);

const screens = [
  { size: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true },
  { size: 'desktop', viewport: { width: 1280, height: 800 }, hasTouch: false },
] as const;

for (const { size, viewport, hasTouch } of screens) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page and dialog is without barriers on a ${size}, ${colorScheme}`, async ({
      server,
      openDevice,
      findAccessibilityProblems,
    }) => {
      const options = { viewport, hasTouch, colorScheme, reducedMotion: 'reduce' } as const;
      const { page, messenger } = await openDevice('', options);
      const check = async (where: string) => {
        await test.step(where, async () => {
          await page.screenshot({ path: test.info().outputPath(`${where}.png`) });
          expect(await findAccessibilityProblems(page)).toEqual([]);
        });
      };
      const goBack = async () => {
        if (size === 'phone') await page.getByTestId('back').click();
      };

      await expect(page.getByTestId('empty-state')).toBeVisible();
      await check('first page');
      await page.getByTestId('welcome-import').click();
      await page.getByTestId('import-file').setInputFiles(ambiguousExport);
      await expect(page.getByTestId('date-order')).toBeVisible();
      await check('import dialog');
      await page.keyboard.press('Escape');
      await messenger.importSample();
      await check('import result');
      await page.getByTestId('import-open').click();
      await expect(messenger.conversations.first()).toBeVisible();
      await check('conversation list');

      await messenger.openConversation('DataScience');
      await messenger.send('Words of my own');
      await messenger.react('Words of my own');
      await expect(page.getByTestId('reaction')).toBeVisible();
      await messenger.composer.fill('`code` and https://angular.dev');
      await messenger.composer.press('Enter');
      await expect(messenger.messages.last()).toContainText('angular.dev');
      await expect(messenger.messages.last()).toBeInViewport({ ratio: 1 });
      await check('thread');
      await messenger.messages.last().hover();
      await messenger.messages.last().getByTestId('message-menu').click();
      await check('message menu');
      await page.keyboard.press('Escape');
      await page.getByTestId('clear-conversation').click();
      await check('question');
      await page.keyboard.press('Escape');

      await goBack();
      await page.getByTestId('new-conversation').click();
      await check('new conversation');
      await page.keyboard.press('Escape');
      await messenger.enterPassword('wrong');
      await expect(page.getByTestId('connect-problem')).toBeVisible();
      await check('storage page, wrong password');
      await page.getByTestId('cloud-s3').getByTestId('connect').click();
      await expect(page.getByTestId('s3-form')).toBeVisible();
      await check('storage page, bucket');
      await page.getByTestId('cloud-webdav').getByTestId('connect').click();
      await page.getByTestId('webdav-password').fill(server.password.password);
      await page.getByTestId('webdav-connect').click();
      await messenger.expectBackedUp();
      await page.getByTestId('verify').click();
      await expect(page.getByTestId('verify-result')).toHaveAttribute('data-ok', 'true');
      await check('storage page');
    });
  }
}
