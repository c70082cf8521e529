import { changeSettings, fillContact } from './support/entities.ts';
import { expect, test } from './support/test.ts';

const screens = [
  { size: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true },
  { size: 'desktop', viewport: { width: 1280, height: 800 }, hasTouch: false },
] as const;

for (const { size, viewport, hasTouch } of screens) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`contacts and settings are without barriers on a ${size}, ${colorScheme}`, async ({
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
      await page.goto('/contacts');
      await expect(page.getByTestId('contacts-empty')).toBeVisible();
      await check('no contacts');
      await page.goto('/');
      await messenger.importSample();
      await page.getByTestId('import-open').click();

      await messenger.openConversation('DataScience');
      const openContact = async () => {
        await messenger.messages.last().hover();
        await messenger.messages.last().getByTestId('message-menu').click();
        await page.getByTestId('contact').click();
      };
      await expect(messenger.messages.last()).toBeInViewport({ ratio: 1 });
      await openContact();
      await fillContact(page, {
        name: 'Johanna of the statistics group with a long name',
        colour: 'orange',
        note: 'Met at the meetup in May. Knows everything about time series, and where to have lunch.',
      });
      await check('thread with a contact');
      await openContact();
      await check('contact dialog');
      await page.keyboard.press('Escape');
      await changeSettings(page, {
        title: 'Numbers, plots and everything that can be counted',
        isPinned: true,
        isMuted: true,
        labels: ['Learning', 'Weekend reading', 'People I met'],
      });
      await messenger.composer.fill('Has anybody tried the new notebook');
      await page.getByTestId('conversation-settings').click();
      await check('settings dialog');
      await page.keyboard.press('Escape');
      await goBack();

      await messenger.openConversation('ruby');
      await changeSettings(page, { isArchived: true });
      await goBack();
      await messenger.openConversation('Wiki');
      await changeSettings(page, { isMuted: true, labels: ['Learning'] });
      await messenger.composer.fill('To be sent when I have read all of it');
      await goBack();
      await expect(page.getByTestId('archive')).toContainText('Archived (1)');
      await check('list');
      await page.getByTestId('label-filter').filter({ hasText: 'Learning' }).click();
      await expect(messenger.conversations).toHaveCount(2);
      await check('list of a label');
      await page.getByTestId('label-filter').filter({ hasText: 'Learning' }).click();
      await page.getByTestId('archive').click();
      await expect(messenger.conversations).toHaveCount(1);
      await check('archive');
      await page.getByTestId('archive').click();
      await page.getByTestId('open-contacts').click();
      await expect(page.getByTestId('contact-row')).toHaveCount(1);
      await check('contacts');
    });
  }
}
