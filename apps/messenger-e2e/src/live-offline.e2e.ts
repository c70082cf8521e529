import { type Person, expect, test } from './support/live-test.ts';

/** Ann and Bob in their conversation. */
async function openTwo(openPerson: (name: string) => Promise<Person>) {
  const ann = await openPerson('Ann');
  await ann.beginWith('Bob');
  await ann.device.messenger.send('Hello Bob');
  const bob = await openPerson('Bob');
  await bob.device.messenger.openConversation('Ann');
  await expect(bob.device.messenger.message('Hello Bob')).toBeVisible();
  return { ann, bob };
}

const texts = async ({ device }: Person) =>
  (await device.messenger.shownMessages()).map(({ text }) => text);

test('one who was offline for a while sends and receives afterwards', async ({ openPerson }) => {
  const { ann, bob } = await openTwo(openPerson);
  await bob.device.context.setOffline(true);
  await expect(bob.badge).toContainText('No internet');
  await expect(bob.badge).toHaveAttribute('data-mark', 'trouble');
  await bob.device.messenger.send('Written on the train');
  await expect(bob.sending('Written on the train')).toHaveAttribute('data-sending', 'waiting');
  await expect(bob.sending('Written on the train')).toHaveText('Waiting to be sent');
  await ann.device.messenger.send('Sent meanwhile');
  await ann.expectSent('Sent meanwhile');
  await expect(bob.device.messenger.message('Sent meanwhile')).toHaveCount(0);

  await bob.device.context.setOffline(false);
  await expect(bob.device.messenger.message('Sent meanwhile')).toBeVisible();
  await expect(ann.device.messenger.message('Written on the train')).toBeVisible();
  await bob.expectSent('Written on the train');
  await bob.expectAllSent();
});

test('a page that is loaded anew with a full outbox sends everything once, in order', async ({
  place,
  openPerson,
}) => {
  const { ann, bob } = await openTwo(openPerson);
  const { page, context, messenger } = bob.device;
  await context.route(`${place.liveUrl}/**`, (route) => route.abort());
  // What is open does not end by a route: the page is loaded anew first.
  await page.reload();
  const wanted = Array.from({ length: 12 }, (_, index) => `Waiting ${index + 1}`);
  for (const text of wanted) await messenger.send(text);
  await page.reload();
  await expect(messenger.message('Waiting 12')).toBeVisible();
  await expect(bob.sending('Waiting 12')).toHaveAttribute('data-sending', 'waiting');
  expect(await texts(ann)).toEqual(['Hello Bob']);

  await context.unroute(`${place.liveUrl}/**`);
  await bob.expectAllSent();
  await expect(ann.device.messenger.message('Waiting 12')).toBeVisible();
  await expect.poll(() => texts(ann)).toEqual(['Hello Bob', ...wanted]);
  expect(await texts(bob)).toEqual(['Hello Bob', ...wanted]);
});

test('a server that was away is found again, and nothing is lost', async ({
  place,
  openPerson,
}) => {
  const { ann, bob } = await openTwo(openPerson);
  await place.stop();
  await expect(ann.badge).toContainText('No internet');
  await ann.device.messenger.send('Into the dark');
  await bob.device.messenger.send('Me too');
  await expect(ann.sending('Into the dark')).toHaveAttribute('data-sending', 'waiting');
  await place.start();
  await ann.expectAllSent();
  await bob.expectAllSent();
  await expect(ann.device.messenger.message('Me too')).toBeVisible();
  await expect(bob.device.messenger.message('Into the dark')).toBeVisible();
});

test('a session that expired waits for a new sign-in, and then everything is sent', async ({
  place,
  openPerson,
}) => {
  const { ann, bob } = await openTwo(openPerson);
  const { page, context, messenger } = bob.device;
  // After its restart the server takes no token of before, and Bob is not let in without being asked.
  await context.route(`${place.liveUrl}/api/login`, (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status: 403, json: { detail: 'Ask Bob.' } })
      : route.continue(),
  );
  await place.stop();
  await messenger.send('Written without a session');
  await place.start();
  await expect(bob.badge).toContainText('Session expired');
  await expect(bob.badge).toHaveAttribute('data-mark', 'trouble');
  await expect(bob.sending('Written without a session')).toHaveAttribute('data-sending', 'waiting');
  await page.getByTestId('sign-in-again').click();
  await expect(page.getByTestId('live-name')).toHaveValue('Bob');
  await page.getByTestId('live-sign-in').click();
  await expect(page.getByTestId('sign-in-problem')).toBeVisible();
  await context.unroute(`${place.liveUrl}/api/login`);
  await page.getByTestId('live-sign-in').click();
  await bob.expectAllSent();
  await bob.expectSent('Written without a session');
  await expect(ann.device.messenger.message('Written without a session')).toBeVisible();
});

test('what the server refuses is told with its reason, and sent again or deleted', async ({
  openPerson,
}) => {
  const { ann, bob } = await openTwo(openPerson);
  await bob.device.context.setOffline(true);
  await expect(bob.badge).toContainText('No internet');
  await bob.device.messenger.send('Too late');
  await bob.device.messenger.send('Much too late');
  await ann.removeMember();
  await expect(ann.device.page.getByTestId('member')).toHaveCount(1);
  await ann.expectAllSent();
  await bob.device.context.setOffline(false);

  await expect(bob.sending('Too late')).toHaveAttribute('data-sending', 'refused');
  await expect(bob.device.messenger.message('Too late')).toContainText(
    'Not sent. You are not in this conversation.',
  );
  await expect(bob.badge).toContainText('Not all is sent');
  await bob.device.messenger.delete('Much too late');

  await ann.device.page.getByTestId('add-member-name').fill('Bob');
  await ann.device.page.getByTestId('add-member').click();
  await expect(bob.device.page.getByTestId('composer')).toBeVisible();
  const message = bob.device.messenger.message('Too late');
  await message.hover();
  await message.getByTestId('message-menu').click();
  await bob.device.page.getByTestId('retry').click();
  await bob.expectSent('Too late');
  await bob.expectAllSent();
  await ann.device.page.keyboard.press('Escape');
  await expect(ann.device.messenger.message('Too late')).toBeVisible();
  await expect(ann.device.messenger.message('Much too late')).toHaveCount(0);
});
