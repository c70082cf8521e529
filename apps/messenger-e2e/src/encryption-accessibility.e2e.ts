import { choosePassphrase, readRecoveryCode, typeGroups, unlock } from './support/encryption.ts';
import { expect, test } from './support/test.ts';

const screens = [
  { size: 'phone', viewport: { width: 390, height: 844 }, hasTouch: true },
  { size: 'desktop', viewport: { width: 1280, height: 800 }, hasTouch: false },
] as const;
const passphrase = 'seven lemons dance quietly';

for (const { size, viewport, hasTouch } of screens) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every step of encryption is without barriers on a ${size}, ${colorScheme}`, async ({
      server,
      openDevice,
      findAccessibilityProblems,
    }) => {
      const options = { viewport, hasTouch, colorScheme, reducedMotion: 'reduce' } as const;
      const { page, messenger } = await openDevice('', options);
      let count = 0;
      const check = async (where: string, shown = page) => {
        await test.step(where, async () => {
          const name = `${String(++count).padStart(2, '0')} ${where}.png`;
          await shown.screenshot({ path: test.info().outputPath(name) });
          expect(await findAccessibilityProblems(shown)).toEqual([]);
        });
      };
      const card = page.getByTestId('encryption-card');

      await messenger.importSample();
      await page.getByTestId('import-open').click();
      await messenger.connect(server.password.password);
      await card.scrollIntoViewIfNeeded();
      await check('off');
      await page.getByTestId('turn-on').click();
      await expect(page.getByTestId('new-passphrase')).toBeVisible();
      await check('passphrase');
      await page.getByTestId('new-passphrase').fill('letmein2024');
      await expect(page.getByTestId('strength')).toContainText('Would be guessed');
      await page.getByTestId('turn-on-next').click();
      await check('passphrase refused');
      await page.getByTestId('new-passphrase').fill('Tr0ub4dor&3');
      await expect(page.getByTestId('accept-weak')).toBeVisible();
      await page.getByTestId('new-passphrase-show').click();
      await check('passphrase weak');
      await choosePassphrase(page, passphrase);
      await expect(page.getByTestId('strength')).toContainText('Nobody');
      await check('passphrase good');
      await page.getByTestId('turn-on-next').click();
      const code = await readRecoveryCode(page);
      await check('recovery code');
      await page.emulateMedia({ media: 'print', colorScheme });
      await page.screenshot({ path: test.info().outputPath('printed sheet.png') });
      await page.emulateMedia({ media: 'screen', colorScheme });
      await page.getByTestId('sheet-next').click();
      await check('groups');
      await page.locator('[data-testid^=group-]').first().fill('AAAAA');
      await page.getByTestId('turn-on-finish').click();
      await expect(page.getByTestId('turn-on-problem')).toBeVisible();
      await check('group wrong');
      await typeGroups(page, code);
      await check('groups right');
      await page.getByTestId('turn-on-finish').click();
      await expect(page.getByTestId('turn-on-done')).toBeVisible();
      await check('done');
      await page.getByTestId('turn-on-later').click();
      await card.scrollIntoViewIfNeeded();
      await check('on');
      await page.getByTestId('rewrite').click();
      await expect(page.getByTestId('plain-left')).toHaveCount(0, { timeout: 60_000 });
      await page.getByTestId('check-recovery').click();
      await page.getByTestId('check-secret').fill(code.slice(0, 20));
      await expect(page.getByTestId('check-secret-hint')).toContainText('groups are right');
      await check('check recovery');
      await page.getByTestId('check-secret').fill(code);
      await page.getByTestId('check-start').click();
      await expect(page.getByTestId('check-result')).toHaveAttribute('data-ok', 'true');
      await page.getByText('Month by month').click();
      await check('recovery checked');
      await page.getByTestId('check-close').click();
      await page.getByTestId('change-passphrase').click();
      await check('change passphrase');
      await page.keyboard.press('Escape');
      await page.getByTestId('change-key').click();
      await check('change key');
      await page.getByTestId('key-new-passphrase').check();
      await page.getByTestId('key-secret').fill('not the passphrase');
      await choosePassphrase(page, 'quartz lantern meadow otter');
      await page.getByTestId('key-next').click();
      await expect(page.getByTestId('key-problem')).toBeVisible();
      await check('change key wrong secret');
      await page.getByTestId('key-new-passphrase').uncheck();
      await page.getByTestId('key-secret').fill(passphrase);
      await page.getByTestId('key-next').click();
      const newCode = await readRecoveryCode(page);
      await check('new recovery code');
      await page.getByTestId('sheet-next').click();
      await typeGroups(page, newCode);
      await check('new groups');
      await page.getByTestId('key-finish').click();
      await expect(page.getByTestId('key-done')).toBeVisible();
      await check('key changed');
      await page.getByTestId('key-later').click();
      await page.getByTestId('turn-off').click();
      await check('turn off');
      await page.keyboard.press('Escape');
      await page.getByTestId('lock').click();
      await check('lock question');
      await page.getByTestId('confirm').click();
      await expect(card).toHaveAttribute('data-state', 'locked');
      await card.scrollIntoViewIfNeeded();
      await check('locked');
      if (size === 'phone') await page.getByTestId('back').click();
      await messenger.openConversation('DataScience');
      await expect(messenger.messages.last()).toBeInViewport({ ratio: 1 });
      await check('locked thread');
      if (size === 'phone') await page.getByTestId('back').click();
      await unlock(page, 'not the passphrase');
      await expect(page.getByTestId('unlock-problem')).toBeVisible();
      await check('wrong passphrase');
      await unlock(page, passphrase);
      await expect(page.getByTestId('locked-notice')).toHaveCount(0);

      const month = 31 * 24 * 60 * 60 * 1000;
      await page.evaluate((before) => {
        localStorage.setItem('chat-vault.encryption-since', String(Date.now() - before));
      }, 2 * month);
      await page.clock.install({ time: Date.now() + month });
      await page.goto('/');
      await expect(page.getByTestId('recovery-reminder')).toBeVisible();
      await check('reminder');
    });
  }
}
