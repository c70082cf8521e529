import { expect, test } from './support/live-test.ts';

const screens = [
  { size: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true },
  { size: 'desktop', viewport: { width: 1280, height: 800 }, hasTouch: false },
] as const;

for (const { size, viewport, hasTouch } of screens) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`live sync is without barriers on a ${size}, ${colorScheme}`, async ({
      openDevice,
      openPerson,
      findAccessibilityProblems,
    }) => {
      const options = { viewport, hasTouch, colorScheme, reducedMotion: 'reduce' } as const;
      const bob = await openPerson('Bob');
      const { page, messenger, context } = await openDevice('', options);
      const check = async (where: string) => {
        await test.step(where, async () => {
          await page.screenshot({ path: test.info().outputPath(`${where}.png`) });
          expect(await findAccessibilityProblems(page)).toEqual([]);
        });
      };
      const goBack = async () => {
        if (size === 'phone') await page.getByTestId('back').click();
      };

      await expect(page.getByTestId('welcome-live')).toBeVisible();
      await check('first page');
      await page.getByTestId('welcome-live').click();
      await check('sign in');
      await page.getByTestId('live-name').fill('Ann');
      await page.getByTestId('live-sign-in').click();
      await expect(page.getByTestId('connectivity')).toContainText('Everything is sent');
      await page.getByTestId('new-live').click();
      await check('new live conversation');
      await page.keyboard.press('Escape');
      await bob.beginWith('Ann');
      await bob.device.messenger.send('Shall we meet at the lake?');
      await messenger.openConversation('Bob');
      await messenger.react('Shall we meet at the lake?');
      await messenger.send('Yes!');
      await bob.device.messenger.send('At six then');
      await expect(messenger.message('At six then')).toBeVisible();
      await context.setOffline(true);
      await messenger.send('I bring the bread');
      await check('thread, offline');
      await context.setOffline(false);
      await expect(messenger.message('I bring the bread').getByTestId('sending')).toHaveAttribute(
        'data-sending',
        'sent',
      );
      await check('thread');
      await page.getByTestId('open-members').click();
      await check('members');
      await page.keyboard.press('Escape');
      await goBack();
      await page.getByTestId('new-story').click();
      await page.getByTestId('story-text').fill('The water is warm');
      await check('new story');
      await page.getByTestId('post-story').click();
      await expect(page.getByTestId('open-story')).toBeVisible();
      await check('list');
      await page.getByTestId('open-story').click();
      await check('story');
      await page.keyboard.press('Escape');

      await messenger.openConversation('Bob');
      await context.setOffline(true);
      await expect(page.getByTestId('connectivity')).toContainText('No internet');
      await messenger.send('Are you there?');
      await bob.removeMember();
      await context.setOffline(false);
      await expect(page.getByTestId('not-sent')).toBeVisible();
      await expect(page.getByTestId('writing-bar')).toBeVisible();
      await check('thread, refused');
      await messenger.message('Are you there?').hover();
      await messenger.message('Are you there?').getByTestId('message-menu').click();
      await expect(page.getByTestId('retry')).toBeVisible();
      await check('menu of a refused message');
      await page.keyboard.press('Escape');
      await goBack();
      await page.getByTestId('show-refused').click();
      await check('what was refused');
    });
  }
}
