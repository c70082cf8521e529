import { expect, type Page } from '@playwright/test';

/** Turns encryption on as a person does, on the storage page of a connected device; gives the recovery code. */
export async function turnOnEncryption(page: Page, passphrase: string): Promise<string> {
  await page.getByTestId('turn-on').click();
  await choosePassphrase(page, passphrase);
  await page.getByTestId('turn-on-next').click();
  const code = await readRecoveryCode(page);
  await page.getByTestId('sheet-next').click();
  await typeGroups(page, code);
  await page.getByTestId('turn-on-finish').click();
  await expect(page.getByTestId('turn-on-done')).toBeVisible({ timeout: 60_000 });
  return code;
}

/** Types a new passphrase twice. */
export async function choosePassphrase(page: Page, passphrase: string): Promise<void> {
  await page.getByTestId('new-passphrase').fill(passphrase);
  await page.getByTestId('new-passphrase-again').fill(passphrase);
}

/** The code as it is shown on the screen. */
export async function readRecoveryCode(page: Page): Promise<string> {
  const groups = page.getByTestId('recovery-code').locator('code');
  await expect(groups).toHaveCount(13);
  return (await groups.allTextContents()).join('-');
}

/** Types the groups that are asked for. */
export async function typeGroups(page: Page, code: string): Promise<void> {
  const groups = code.split('-');
  const fields = page.locator('[data-testid^=group-]');
  await expect(fields).toHaveCount(3);
  for (const field of await fields.all()) {
    const asked = Number((await field.getAttribute('data-testid'))?.slice('group-'.length));
    await field.fill((groups[asked - 1] ?? '').toLowerCase());
  }
}

/** Unlocks with a passphrase or a recovery code, where the page asks for it. */
export async function unlock(page: Page, secret: string): Promise<void> {
  await page.getByTestId('unlock-secret').first().fill(secret);
  await page.getByTestId('unlock').first().click();
}
