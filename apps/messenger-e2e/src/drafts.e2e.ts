import { Messenger } from './support/messenger.ts';
import { expect, test } from './support/test.ts';

test.describe('drafts', () => {
  test('survive a reload and a closed page, even right after the last letter', async ({
    openDevice,
  }) => {
    const { context, page, messenger } = await openDevice();
    await messenger.startConversation('Notes');
    await messenger.send('First');
    await messenger.composer.fill('Half a thought');
    await page.reload();
    await expect(messenger.composer).toHaveValue('Half a thought');

    await messenger.composer.fill('Half a thought, and more');
    const url = page.url();
    await page.close({ runBeforeUnload: true });
    const next = await context.newPage();
    await next.goto(url);
    await expect(next.getByTestId('composer')).toHaveValue('Half a thought, and more');
    await next.goto('/');
    await expect(next.getByTestId('conversation')).toContainText('Draft: Half a thought, and more');
  });

  test('of conversations without a message are found in the list', async ({ openDevice }) => {
    const { page, messenger } = await openDevice();
    await messenger.startConversation('Somebody new');
    await messenger.composer.fill('How do I begin');
    await page.goto('/');
    await expect(messenger.conversations).toContainText(['Draft: How do I begin']);
    await messenger.openConversation('Somebody new');
    await expect(messenger.composer).toHaveValue('How do I begin');
    await messenger.composer.fill('');
    await page.goto('/');
    await expect(page.getByTestId('empty-state')).toBeVisible();
  });

  test('show in another tab while nobody types there, and end with what is sent', async ({
    openDevice,
  }) => {
    const { context, page, messenger: first } = await openDevice();
    await first.startConversation('Notes');
    await first.send('First');
    const secondPage = await context.newPage();
    await secondPage.goto(page.url());
    const second = new Messenger(secondPage);
    await expect(second.message('First')).toBeVisible();
    const watcher = new Messenger(await context.newPage());
    await watcher.page.goto('/');
    const written = watcher.conversations.filter({ hasText: 'Notes' });

    await test.step('an open conversation takes it over', async () => {
      await first.composer.fill('Begun in the first tab');
      await expect(second.composer).toHaveValue('Begun in the first tab');
    });
    await test.step('what is being typed stays', async () => {
      await secondPage.bringToFront();
      await second.composer.press('End');
      await second.composer.pressSequentially(', typed on in the second');
      await expect(written).toContainText('Draft: Begun in the first tab, typed on in the second');
      await page.bringToFront();
      await first.composer.fill('Something else');
      await expect(written).toContainText('Draft: Something else');
      await expect(second.composer).toHaveValue('Begun in the first tab, typed on in the second');
      await secondPage.bringToFront();
      await second.thread.focus();
      await expect(second.composer).toHaveValue('Something else');
      await second.composer.press('End');
      await second.composer.pressSequentially(' from the second tab');
      await expect(written).toContainText('Draft: Something else from the second tab');
    });
    await test.step('what is sent is no draft any more', async () => {
      await second.composer.press('Enter');
      await expect(second.message('Something else from the second tab')).toBeVisible();
      await expect(written).toContainText('You: Something else from the second tab');
      await expect(written.getByTestId('draft')).toHaveCount(0);
      await page.reload();
      await expect(first.message('Something else from the second tab')).toBeVisible();
      await expect(first.composer).toHaveValue('');
      await expect(written.getByTestId('draft')).toHaveCount(0);
    });
  });
});
