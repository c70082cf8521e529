import { type Page } from '@playwright/test';
import { createCorpus, toNdjson } from './support/chat-corpus.ts';
import { expect, test } from './support/test.ts';

test('everything daily can be done by keyboard alone', async ({ openDevice }) => {
  const { page, messenger } = await openDevice();
  const conversations = ['Team', 'Family', 'Choir'];
  const corpus = createCorpus({ conversations, months: 1, messagesPerMonth: 5 });
  await messenger.importText('chat.ndjson', toNdjson(corpus));
  await page.goto('/');
  await expect(messenger.conversations).toHaveCount(3);
  const { keyboard } = page;

  await test.step('open the second conversation of the list', async () => {
    await tabTo(page, 'conversation');
    await keyboard.press('ArrowDown');
    await expect(messenger.conversations.nth(1)).toBeFocused();
    const title = await messenger.conversations.nth(1).locator('.title').textContent();
    await keyboard.press('Enter');
    await expect(page.getByTestId('thread-title')).toHaveText(title ?? '');
  });

  await test.step('write, and send', async () => {
    await tabTo(page, 'composer');
    await keyboard.type('Written by keyboard');
    await keyboard.press('Enter');
    await expect(messenger.message('Written by keyboard')).toBeVisible();
    await expect(messenger.composer).toBeFocused();
  });

  await test.step('edit it', async () => {
    await keyboard.press('ArrowUp');
    await expect(messenger.composer).toHaveValue('Written by keyboard');
    await keyboard.press('End');
    await keyboard.type(', and edited');
    await keyboard.press('Enter');
    await expect(messenger.message('Written by keyboard, and edited')).toContainText('edited');
  });

  await test.step('react to it from its menu', async () => {
    await tabTo(page, 'message-menu', 'Shift+Tab');
    await keyboard.press('Enter');
    await tabTo(page, 'react-0');
    await keyboard.press('Enter');
    await expect(messenger.messages.last().getByTestId('reaction')).toBeVisible();
  });

  await test.step('delete it', async () => {
    await tabTo(page, 'message-menu');
    await keyboard.press('Enter');
    await tabTo(page, 'delete');
    await keyboard.press('Enter');
    await tabTo(page, 'confirm');
    await keyboard.press('Enter');
    await expect(messenger.message('Written by keyboard, and edited')).toHaveCount(0);
  });

  await test.step('open the storage page', async () => {
    await tabTo(page, 'open-storage', 'Shift+Tab');
    await keyboard.press('Enter');
    await expect(page.getByTestId('storage-page')).toBeVisible();
    await tabTo(page, 'webdav-password');
  });
});

/**
 * Presses the Tab key until the element has the focus.
 * @throws Error when it is not reached, or the focus is where it cannot be seen
 */
async function tabTo(page: Page, testId: string, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('data-testid') ?? '';
    });
    if (focused === testId) return expect(page.locator(':focus')).toBeInViewport();
    await page.keyboard.press(key);
  }
  throw new Error(`"${testId}" cannot be reached with the ${key} key.`);
}
