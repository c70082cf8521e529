import {
  choosePassphrase,
  readRecoveryCode,
  turnOnEncryption,
  typeGroups,
  unlock,
} from './support/encryption.ts';
import { Messenger } from './support/messenger.ts';
import { expect, test } from './support/test.ts';

const passphrase = 'seven lemons dance quietly';
const secret = 'Meet me at the old lighthouse';

test('what is encrypted is read on another device by the recovery code, and by nobody who keeps the cloud', async ({
  server,
  cloud,
  openDevice,
  readCloud,
}) => {
  const one = await openDevice();
  await one.messenger.startConversation('Lighthouse keepers');
  await one.messenger.send('Written before');
  await one.messenger.connect(server.password.password);
  const holding = async (text: string) =>
    (await readCloud()).filter((file) => file.text.includes(text)).map(({ path }) => path);
  const before = await holding('Written before');
  expect(before).toHaveLength(1);

  const code = await turnOnEncryption(one.page, passphrase);
  await one.page.getByTestId('turn-on-rewrite').click();
  await expect(one.page.getByTestId('toast')).toContainText('written anew', { timeout: 60_000 });
  await one.messenger.openConversation('Lighthouse keepers');
  await one.messenger.send(secret);
  await one.messenger.sync();
  await expect(one.messenger.syncState).toHaveText('Backed up');

  await test.step('nothing that is written now can be found in the cloud', async () => {
    for (const text of [secret, 'old lighthouse', code.slice(0, 11), passphrase])
      expect(await holding(text)).toEqual([]);
    // What was replaced is removed later; nothing else holds it.
    expect(await holding('Written before')).toEqual(before);
    expect(await holding('Lighthouse keepers')).toEqual(before);
    const files = await readCloud();
    expect(files.filter(({ path }) => path.includes('keyring/'))).toHaveLength(2);
    const sealed = files.filter(({ path }) => path.endsWith('.enc'));
    for (const { text } of sealed) expect(text.slice(0, 3)).toBe('CVE');
    expect(sealed.length).toBeGreaterThan(2);
  });

  const two = await openDevice();
  await test.step('a wrong passphrase says so and uploads nothing', async () => {
    await two.messenger.enterPassword(server.password.password);
    await expect(two.page.getByTestId('encryption-card')).toHaveAttribute('data-state', 'locked');
    await expect(two.messenger.syncState).toHaveText('Locked on this device');
    await two.messenger.startConversation('Own notes');
    await two.messenger.send('Written while locked');
    await two.page.getByTestId('open-storage').click();
    cloud.forget();
    await unlock(two.page, 'seven lemons dance');
    await expect(two.page.getByTestId('unlock-problem')).toContainText(
      'That is not the passphrase',
    );
    await two.messenger.syncNow.click();
    await expect(two.messenger.syncNow).toBeEnabled();
    await expect(two.messenger.syncState).toHaveText('Locked on this device');
    const methods = new Set(cloud.requests.map(({ method }) => method));
    expect(methods.size).toBeGreaterThan(0);
    expect(
      [...methods].filter((method) => !['GET', 'HEAD', 'PROPFIND', 'OPTIONS'].includes(method)),
    ).toEqual([]);
  });

  await test.step('the recovery code opens it, in small letters and with spaces', async () => {
    await unlock(two.page, code.toLowerCase().replaceAll('-', ' '));
    await expect(two.page.getByTestId('encryption-card')).toHaveAttribute('data-state', 'unlocked');
    await two.messenger.expectBackedUp();
    await two.messenger.openConversation('Lighthouse keepers');
    const shown = (await two.messenger.shownMessages()).map(({ text }) => text);
    expect(shown).toEqual(['Written before', secret]);
    expect(await holding('Written while locked')).toEqual([]);
    await one.messenger.sync();
    await one.messenger.openConversation('Own notes');
    await expect(one.messenger.message('Written while locked')).toBeVisible();
  });
});

test('the recovery code is checked, one tab locks the other, and the passphrase is changed', async ({
  server,
  openDevice,
}) => {
  const { page, messenger, context } = await openDevice();
  await messenger.startConversation('Notes');
  await messenger.send('Hello');
  await messenger.connect(server.password.password);
  const card = page.getByTestId('encryption-card');
  const code = await turnOnEncryption(page, passphrase);
  await page.getByTestId('turn-on-rewrite').click();
  await expect(page.getByTestId('toast')).toContainText('written anew', { timeout: 60_000 });

  await test.step('a check with a wrong group and then the right one', async () => {
    await page.getByTestId('check-recovery').click();
    const [first = '', ...rest] = code.split('-');
    const wrong = [first.slice(0, 4) + (first.endsWith('7') ? '8' : '7'), ...rest].join('-');
    await page.getByTestId('check-secret').fill(wrong);
    await expect(page.getByTestId('check-secret-hint')).toContainText('Look at group 1 again');
    await page.getByTestId('check-secret').fill(code);
    await page.getByTestId('check-start').click();
    await expect(page.getByTestId('check-result')).toHaveAttribute('data-ok', 'true');
    await expect(page.getByTestId('check-summary')).toContainText('1 of 1 month opened');
    await page.getByTestId('check-close').click();
    await expect(page.getByTestId('verified-at')).toHaveText('Today');
  });

  const otherPage = await context.newPage();
  await otherPage.goto('/');
  const other = new Messenger(otherPage);
  await expect(other.syncState).toHaveText('Backed up');

  await test.step('the passphrase is changed', async () => {
    await page.getByTestId('change-passphrase').click();
    await page.getByTestId('current-secret').fill(passphrase);
    await choosePassphrase(page, 'quartz lantern meadow otter');
    await page.getByTestId('change-passphrase-now').click();
    await expect(page.getByTestId('change-dialog')).toHaveCount(0);
  });

  await test.step('locked in one tab is locked in the other', async () => {
    await page.getByTestId('lock').click();
    await page.getByTestId('confirm').click();
    await expect(card).toHaveAttribute('data-state', 'locked');
    await expect(otherPage.getByTestId('locked-notice')).toBeVisible();
    await unlock(otherPage, passphrase);
    await expect(otherPage.getByTestId('unlock-problem')).toContainText('not the passphrase');
    await expect(card).toHaveAttribute('data-state', 'locked');
    await unlock(otherPage, 'quartz lantern meadow otter');
    await expect(otherPage.getByTestId('locked-notice')).toHaveCount(0);
    await expect(card).toHaveAttribute('data-state', 'unlocked');
  });

  await test.step('it stays unlocked on this device after loading the page anew', async () => {
    await page.reload();
    await expect(card).toHaveAttribute('data-state', 'unlocked');
  });
});

test('after a device was lost the key is changed: the other one asks for the new passphrase, and the old secrets open nothing', async ({
  server,
  openDevice,
  findAccessibilityProblems,
}) => {
  const next = 'quartz lantern meadow otter';
  const one = await openDevice();
  await one.messenger.startConversation('Notes');
  await one.messenger.send('Before the theft');
  await one.messenger.connect(server.password.password);
  const old = await turnOnEncryption(one.page, passphrase);
  await one.page.getByTestId('turn-on-later').click();
  const two = await openDevice();
  await two.messenger.enterPassword(server.password.password);
  await unlock(two.page, passphrase);
  await expect(two.page.getByTestId('encryption-card')).toHaveAttribute('data-state', 'unlocked');

  const code = await test.step('a new passphrase, a new sheet, and it is typed back', async () => {
    await one.page.getByTestId('change-key').click();
    await one.page.getByTestId('key-secret').fill(passphrase);
    await one.page.getByTestId('key-new-passphrase').check();
    await choosePassphrase(one.page, next);
    await one.page.getByTestId('key-next').click();
    const shown = await readRecoveryCode(one.page);
    expect(shown).not.toBe(old);
    await one.page.getByTestId('sheet-next').click();
    await typeGroups(one.page, shown);
    await one.page.getByTestId('key-finish').click();
    await expect(one.page.getByTestId('key-done')).toBeVisible({ timeout: 60_000 });
    await one.page.getByTestId('key-rewrite').click();
    await expect(one.page.getByTestId('toast')).toContainText('written anew', { timeout: 60_000 });
    return shown;
  });

  await test.step('the other device keeps what it writes, and goes on with the new passphrase', async () => {
    await two.messenger.openConversation('Notes');
    await two.messenger.send('Written meanwhile');
    await two.messenger.syncNow.click();
    const notice = two.page.getByTestId('locked-notice');
    await expect(notice).toContainText('Another device has a new key');
    await two.page.screenshot({ path: test.info().outputPath('locked by a new key.png') });
    expect(await findAccessibilityProblems(two.page)).toEqual([]);
    await unlock(two.page, passphrase);
    await expect(two.page.getByTestId('unlock-problem')).toContainText('not the passphrase');
    await unlock(two.page, next);
    await expect(notice).toHaveCount(0);
    await two.messenger.sync();
    await one.messenger.sync();
    await one.messenger.openConversation('Notes');
    await expect(one.messenger.message('Written meanwhile')).toBeVisible();
  });

  await test.step('a third device is opened by the new code and not by the old one', async () => {
    const three = await openDevice();
    await three.messenger.enterPassword(server.password.password);
    await unlock(three.page, old);
    await expect(three.page.getByTestId('unlock-problem')).toContainText(
      'This recovery code does not open it',
    );
    await unlock(three.page, code);
    await three.messenger.openConversation('Notes');
    await expect(three.messenger.message('Before the theft')).toBeVisible();
    await expect(three.messenger.message('Written meanwhile')).toBeVisible();
  });
});

test('a page that is closed while encryption is turned on changed nothing', async ({
  server,
  cloud,
  openDevice,
}) => {
  const { page, messenger } = await openDevice();
  await messenger.startConversation('Notes');
  await messenger.send('Hello');
  await messenger.connect(server.password.password);
  cloud.forget();
  await page.getByTestId('turn-on').click();
  await choosePassphrase(page, passphrase);
  await page.getByTestId('turn-on-next').click();
  const abandoned = await readRecoveryCode(page);
  await page.reload();
  await expect(page.getByTestId('encryption-card')).toHaveAttribute('data-state', 'off');
  const isWrite = ({ method }: { readonly method: string }) =>
    !['GET', 'HEAD', 'PROPFIND', 'OPTIONS'].includes(method);
  expect(cloud.requests.filter(isWrite)).toEqual([]);

  await test.step('and cannot be left while the keys are being stored', async () => {
    await page.getByTestId('turn-on').click();
    await choosePassphrase(page, passphrase);
    await page.getByTestId('turn-on-next').click();
    const code = await readRecoveryCode(page);
    expect(code).not.toBe(abandoned);
    await page.getByTestId('sheet-next').click();
    await typeGroups(page, code);
    cloud.fail({ delayMs: 400 });
    await page.getByTestId('turn-on-finish').click();
    await expect(page.getByTestId('turn-on-progress')).toBeVisible();
    // A browser closes a dialog at the second Escape by itself.
    for (let times = 0; times < 3; times++) await page.keyboard.press('Escape');
    await expect(page.getByTestId('turn-on-progress')).toBeVisible();
    cloud.heal();
    await expect(page.getByTestId('turn-on-done')).toBeVisible();
  });
  await expect(page.getByTestId('encryption-card')).toHaveAttribute('data-state', 'unlocked');
});

test('the recovery sheet is saved as a file, and alone on what is printed', async ({
  server,
  openDevice,
}) => {
  const { page, messenger } = await openDevice();
  await messenger.startConversation('Notes');
  await messenger.send('Hello');
  await messenger.connect(server.password.password);
  const largeScripts = () =>
    page.evaluate(() => {
      const loaded = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
      return loaded.filter(({ decodedBodySize }) => decodedBodySize > 1_000_000).length;
    });
  expect(await largeScripts()).toBe(0);
  await page.getByTestId('turn-on').click();
  await choosePassphrase(page, passphrase);
  await page.getByTestId('turn-on-next').click();
  const code = await readRecoveryCode(page);
  expect(await largeScripts()).toBe(1); // the dictionaries of the strength meter
  const downloading = page.waitForEvent('download');
  await page.getByTestId('sheet-save').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^chat-vault-recovery-code-\d{4}-\d\d-\d\d\.txt$/);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).toString()).toContain(code);

  const paper = page.getByTestId('recovery-paper');
  await expect(paper).toBeHidden();
  await page.emulateMedia({ media: 'print' });
  await expect(paper).toBeVisible();
  await expect(paper).toContainText(code.slice(0, 5));
  await expect(page.getByTestId('sheet-next')).toBeHidden();
  await expect(page.getByTestId('storage-page')).toBeHidden();
});
