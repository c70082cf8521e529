import { turnOnEncryption, unlock } from './support/encryption.ts';
import { changeContact, changeSettings, fillContact } from './support/entities.ts';
import { Messenger } from './support/messenger.ts';
import { expect, type Device, test } from './support/test.ts';

const line = (conversation: string, sender: string, minute: number, text: string): string =>
  JSON.stringify({
    id: `${conversation}-${minute}`,
    conversation,
    sender,
    sentAt: `2024-05-01T10:${String(minute).padStart(2, '0')}:00Z`,
    text,
  });
const CHATS = [
  line('Family', 'ann_w', 1, 'Dinner on Sunday?'),
  line('Family', 'bob', 2, 'Yes, gladly'),
  line('Choir', 'cyd', 5, 'We begin at seven'),
  line('Work', 'ann_w', 9, 'The plan is ready'),
].join('\n');

const titles = async ({ messenger }: Pick<Device, 'messenger'>): Promise<readonly string[]> =>
  (await messenger.shownConversations()).map(({ title }) => title);
const lineOf = ({ messenger }: Pick<Device, 'messenger'>, title: string) =>
  messenger.conversations.filter({ hasText: title });

test.describe('contacts, settings and drafts', () => {
  test('come to another device, and what both change of one conversation stays', async ({
    server,
    openDevice,
  }) => {
    const one = await openDevice();
    await one.messenger.importText('chat.ndjson', CHATS);
    await one.messenger.openConversation('Family');
    await changeContact(one.page, 'ann_w', { name: 'Ann', colour: 'teal', note: 'My sister' });
    await changeSettings(one.page, { title: 'Our family', isPinned: true, labels: ['Home'] });
    await one.messenger.openConversation('Choir');
    await one.messenger.composer.fill('I will be late');
    await one.messenger.connect(server.password.password);

    const two = await openDevice();
    await two.messenger.connect(server.password.password);
    await test.step('the second device shows the same', async () => {
      await expect(lineOf(two, 'Our family').getByTestId('pinned')).toBeAttached();
      await expect.poll(() => titles(two)).toEqual(['Our family', 'Work', 'Choir']);
      await expect(lineOf(two, 'Work')).toContainText('Ann: The plan is ready');
      await expect(lineOf(two, 'Choir')).toContainText('Draft: I will be late');
      await two.messenger.openConversation('Choir');
      await expect(two.messenger.composer).toHaveValue('I will be late');
      await two.page.getByTestId('open-contacts').click();
      await expect(two.page.getByTestId('contact-row')).toContainText(['Ann']);
      await two.page.getByTestId('contact-row').click();
      await expect(two.page.getByTestId('contact-note')).toHaveValue('My sister');
      await expect(two.page.getByTestId('colour-teal')).toBeChecked();
      await two.page.keyboard.press('Escape');
    });

    await test.step('each changes something else of the same', async () => {
      await two.messenger.openConversation('Our family');
      await changeSettings(two.page, { isMuted: true, labels: ['Weekend'] });
      await two.messenger.sync();
      await one.messenger.sync();
      await one.messenger.openConversation('Our family');
      await changeSettings(one.page, { title: 'All of us' });
      await one.messenger.sync();
      await two.messenger.sync();
    });

    for (const device of [one, two]) {
      const row = lineOf(device, 'All of us');
      await expect(row.getByTestId('muted')).toBeAttached();
      await expect(row.getByTestId('pinned')).toBeAttached();
      await expect(device.page.getByTestId('label-filter')).toHaveText([/Home/, /Weekend/]);
    }

    await test.step('what one sends is no draft on the other', async () => {
      await two.messenger.openConversation('Choir');
      await two.messenger.composer.press('Enter');
      await expect(two.messenger.message('I will be late')).toBeVisible();
      await two.messenger.sync();
      await one.messenger.sync();
      await expect(lineOf(one, 'Choir')).toContainText('I will be late');
      await expect(lineOf(one, 'Choir').getByTestId('draft')).toHaveCount(0);
    });
  });

  test('are shown at once in another tab, also when they are taken back', async ({
    openDevice,
  }) => {
    const { context, page, messenger } = await openDevice();
    await messenger.importText('chat.ndjson', CHATS);
    await messenger.openConversation('Family');
    const otherPage = await context.newPage();
    await otherPage.goto(page.url());
    const other = { page: otherPage, messenger: new Messenger(otherPage) };
    await expect(otherPage.getByTestId('sender').first()).toHaveText('ann_w');

    await page.bringToFront();
    await changeContact(page, 'ann_w', { name: 'Ann', colour: 'purple' });
    await expect(otherPage.getByTestId('sender').first()).toHaveText('Ann');
    await expect(otherPage.getByTestId('sender').first()).toHaveCSS('color', 'rgb(89, 57, 134)');
    await expect(lineOf(other, 'Work')).toContainText('Ann: The plan');

    await changeSettings(page, { title: 'Home front', isArchived: true });
    await expect(otherPage.getByTestId('thread-title')).toHaveText('Home front');
    await expect(otherPage.getByTestId('archive')).toContainText('Archived (1)');
    expect(await titles(other)).toEqual(['Work', 'Choir']);
    await otherPage.bringToFront();
    await otherPage.getByTestId('archive').click();
    await expect.poll(() => titles(other)).toEqual(['Home front']);

    await test.step('what is being changed in an open dialog is not touched', async () => {
      await otherPage.getByTestId('conversation-settings').click();
      await otherPage.getByTestId('settings-title').fill('Typed here');
      await page.bringToFront();
      await changeSettings(page, { title: 'Family again', isPinned: true, isArchived: false });
      await expect(otherPage.getByTestId('isPinned')).toBeChecked();
      await expect(otherPage.getByTestId('settings-title')).toHaveValue('Typed here');
      await otherPage.bringToFront();
      await otherPage.getByTestId('settings-save').click();
      await expect(page.getByTestId('thread-title')).toHaveText('Typed here');
      await expect(otherPage.getByTestId('archive')).toHaveCount(0);
      await expect.poll(() => titles(other)).toEqual(['Typed here', 'Work', 'Choir']);
    });

    await test.step('removing a contact gives the own name back', async () => {
      await page.bringToFront();
      await page.getByTestId('sender').first().click();
      await page.getByTestId('contact-remove').click();
      await expect(otherPage.getByTestId('sender').first()).toHaveText('ann_w');
      await page.getByTestId('toast').getByRole('button', { name: 'Undo' }).click();
      await expect(otherPage.getByTestId('sender').first()).toHaveText('Ann');
    });
  });

  test('survive a reload, filter the list and are searched', async ({ openDevice }) => {
    const device = await openDevice();
    const { page, messenger } = device;
    await messenger.importText('chat.ndjson', CHATS);
    await messenger.openConversation('Family');
    await changeSettings(page, { title: 'Our family', labels: ['Private'] });
    await messenger.openConversation('Choir');
    await changeSettings(page, { isArchived: true, labels: ['Singing'] });
    await page.getByTestId('open-contacts').click();
    await page.getByTestId('other-row').filter({ hasText: 'ann_w' }).click();
    await fillContact(page, { name: 'Ann' });
    await page.reload();

    await expect(page.getByTestId('contact-row')).toHaveCount(1);
    await expect(page.getByTestId('archive')).toContainText('Archived (1)');
    await expect(lineOf(device, 'Work')).toContainText('Ann: The plan is ready');
    await page.getByTestId('label-filter').filter({ hasText: 'Private' }).click();
    await expect.poll(() => titles(device)).toEqual(['Our family']);
    await page.getByTestId('label-filter').filter({ hasText: 'Private' }).click();
    await expect.poll(() => titles(device)).toEqual(['Work', 'Our family']);
    await page.getByTestId('search').fill('choir');
    await expect.poll(() => titles(device)).toEqual(['Choir']);
    await page.getByTestId('search').fill('our family');
    await expect.poll(() => titles(device)).toEqual(['Our family']);
  });

  test('lie encrypted in the cloud of an encrypted vault', async ({
    server,
    openDevice,
    readCloud,
  }) => {
    const one = await openDevice();
    await one.messenger.importText('chat.ndjson', CHATS);
    await one.messenger.connect(server.password.password);
    await turnOnEncryption(one.page, 'seven wet otters under a slow train');
    await one.page.getByTestId('turn-on-later').click();
    await one.messenger.openConversation('Family');
    await changeContact(one.page, 'ann_w', { name: 'Annabel of the sea', note: 'hidden-note' });
    await changeSettings(one.page, { title: 'Hidden-title' });
    await one.messenger.sync();
    const files = await readCloud();
    expect(files.filter(({ path }) => path.includes('/entities/')).length).toBeGreaterThan(1);
    for (const { text } of files) {
      expect(text).not.toMatch(/Annabel|hidden-note|Hidden-title/);
    }

    const two = await openDevice();
    await two.messenger.enterPassword(server.password.password);
    await unlock(two.page, 'seven wet otters under a slow train');
    await expect(lineOf(two, 'Hidden-title')).toBeVisible();
    await expect(lineOf(two, 'Work')).toContainText('Annabel of the sea:');
  });

  test('a contact is reached by keyboard alone', async ({ openDevice }) => {
    const { page, messenger } = await openDevice();
    await messenger.importText('chat.ndjson', CHATS);
    await messenger.openConversation('Work');
    await messenger.messages.last().getByTestId('message-menu').focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('contact').focus();
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('contact-name')).toBeFocused();
    await page.keyboard.type('Ann');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('sender')).toHaveText('Ann');
    await expect(page.getByTestId('sender')).toHaveCSS('color', 'rgb(132, 41, 40)');
    await expect(messenger.messages.last().getByTestId('message-menu')).toBeFocused();
  });
});
