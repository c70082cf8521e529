import { expect, test } from './support/live-test.ts';

test.describe('two people', () => {
  test('see at once what the other does', async ({ openPerson }) => {
    const ann = await openPerson('Ann');
    await ann.beginWith('Bob');
    await ann.device.messenger.send('Hello Bob');
    await ann.expectSent('Hello Bob');
    await ann.expectAllSent();

    const bob = await openPerson('Bob');
    await expect(bob.device.page.getByTestId('unread')).toContainText('1');
    await bob.device.messenger.openConversation('Ann');
    await expect(bob.device.messenger.message('Hello Bob')).toBeVisible();
    await expect(bob.device.page.getByTestId('unread')).toHaveCount(0);
    await bob.device.messenger.react('Hello Bob');
    await expect(ann.device.messenger.message('Hello Bob').getByTestId('reaction')).toBeVisible();

    await bob.device.messenger.send('Hello Ann');
    await expect(ann.device.messenger.message('Hello Ann')).toBeVisible();
    await ann.device.messenger.edit('Hello Bob', 'Hello dear Bob');
    await expect(bob.device.messenger.message('Hello dear Bob')).toContainText('edited');
    await bob.device.messenger.delete('Hello Ann');
    await expect(ann.device.messenger.message('Hello Ann')).toHaveCount(0);
    await ann.expectAllSent();
    await bob.expectAllSent();
  });

  test('may not change what the other wrote', async ({ openPerson }) => {
    const ann = await openPerson('Ann');
    await ann.beginWith('Bob');
    await ann.device.messenger.send('Mine');
    const bob = await openPerson('Bob');
    await bob.device.messenger.openConversation('Ann');
    const message = bob.device.messenger.message('Mine');
    await message.hover();
    await message.getByTestId('message-menu').click();
    await expect(bob.device.page.getByTestId('message-actions')).toBeVisible();
    await expect(bob.device.page.getByTestId('delete')).toHaveCount(0);
    await expect(bob.device.page.getByTestId('edit')).toHaveCount(0);
  });

  test('show each other stories, which their authors take back', async ({ openPerson }) => {
    const ann = await openPerson('Ann');
    await ann.beginWith('Bob');
    const bob = await openPerson('Bob');
    const { page } = ann.device;
    await page.getByTestId('new-story').click();
    await page.getByTestId('story-text').fill('On the lake');
    await page.getByTestId('post-story').click();
    await bob.device.page.getByTestId('open-story').click();
    await expect(bob.device.page.getByTestId('story')).toContainText('On the lake');
    await expect(bob.device.page.getByTestId('story')).toContainText('ends in 24:00 h');
    await expect(bob.device.page.getByTestId('delete-story')).toHaveCount(0);
    await page.getByTestId('open-story').click();
    await page.getByTestId('delete-story').click();
    await expect(bob.device.page.getByTestId('open-story')).toHaveCount(0);
    await expect(bob.device.page.getByTestId('story')).toHaveCount(0);
  });
});

test('what was read on one device is read on the others', async ({ openPerson }) => {
  const ann = await openPerson('Ann');
  const bob = await openPerson('Bob');
  const bobsPhone = await openPerson('Bob');
  await ann.beginWith('Bob');
  for (const text of ['One', 'Two', 'Three']) await ann.device.messenger.send(text);
  const unread = bobsPhone.device.page.getByTestId('unread');
  await expect(unread).toContainText('3');
  await bob.device.messenger.openConversation('Ann');
  await expect(bob.device.messenger.message('Three')).toBeVisible();
  await expect(unread).toHaveCount(0);
  await bob.device.messenger.send('Answer');
  await expect(bobsPhone.device.messenger.conversations).toContainText('You: Answer');
  await expect(unread).toHaveCount(0);
});

test('one who leaves gets nothing more, and keeps what is there', async ({ openPerson }) => {
  const ann = await openPerson('Ann');
  await ann.beginWith('Bob');
  await ann.device.messenger.send('Before');
  const bob = await openPerson('Bob');
  await bob.device.messenger.openConversation('Ann');
  await bob.device.page.getByTestId('open-members').click();
  await expect(bob.device.page.getByTestId('member')).toHaveCount(2);
  await bob.device.page.getByTestId('leave-conversation').click();
  await bob.device.page.getByTestId('confirm').click();
  await expect(bob.device.page.getByTestId('writing-bar')).toContainText(
    'not in this conversation',
  );
  await bob.expectAllSent();
  await expect(ann.device.page.getByTestId('thread-title')).toHaveText('Just you');
  await ann.device.messenger.send('After');
  await ann.expectSent('After');
  await expect(bob.device.messenger.message('Before')).toBeVisible();
  await expect(bob.device.messenger.message('After')).toHaveCount(0);
});

test('what came live is backed up, and restored without live sync', async ({
  server,
  openPerson,
  openDevice,
}) => {
  const ann = await openPerson('Ann');
  await ann.beginWith('Bob');
  await ann.device.messenger.send('From Ann');
  const bob = await openPerson('Bob');
  await bob.device.messenger.openConversation('Ann');
  await bob.device.messenger.send('From Bob');
  await expect(bob.device.messenger.message('From Ann')).toBeVisible();
  await bob.device.messenger.connect(server.password.password);

  const { page, messenger } = await openDevice();
  await messenger.connect(server.password.password);
  await messenger.openConversation('Ann, Bob');
  await expect(messenger.message('From Ann')).toBeVisible();
  await expect(messenger.message('From Bob')).toBeVisible();
  await expect(page.getByTestId('writing-bar')).toContainText('Sign in to write here');
});
