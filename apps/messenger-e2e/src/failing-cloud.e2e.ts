import { type CloudFault } from './support/cloud-observer.ts';
import { readStoredHistory } from './support/stored-history.ts';
import { expect, test } from './support/test.ts';

/** A fault of the cloud, and what the storage page says about it. */
interface Trouble {
  readonly name: string;
  readonly fault: CloudFault;
  readonly state: string;
  readonly heading: string;
  readonly nextStep: string;
}

const troubles: readonly Trouble[] = [
  {
    name: 'has no space left',
    fault: { answer: 507, when: ({ method }) => method === 'PUT' },
    state: 'cloud-full',
    heading: 'WebDAV is full.',
    nextStep: 'Free some space there; changes wait here until there is room.',
  },
  {
    name: 'cannot be reached',
    fault: { answer: 'reset' },
    state: 'connection-error',
    heading: 'WebDAV cannot be reached.',
    nextStep: 'Check that it is there',
  },
  {
    name: 'is under maintenance',
    fault: { answer: 503 },
    // It failed so often in a row that it is left to rest.
    state: 'throttled',
    heading: 'WebDAV is not available at the moment.',
    nextStep: 'Syncing goes on by itself. Goes on in',
  },
];

for (const { name, fault, state, heading, nextStep } of troubles) {
  test(`a cloud that ${name} is told in words, and gets everything later`, async ({
    cloud,
    server,
    openDevice,
  }) => {
    const { page, messenger } = await openDevice();
    await messenger.startConversation('Notes');
    await messenger.send('Written before');
    await messenger.connect(server.password.password);

    cloud.fail(fault);
    await messenger.openConversation('Notes');
    await messenger.send('Written while it fails');
    await page.getByTestId('open-storage').click();
    await page.getByTestId('sync').click();
    const status = page.getByTestId('storage-status');
    await expect(status).toHaveAttribute('data-state', state, { timeout: 30_000 });
    await expect(status).toHaveText(heading);
    await expect(page.getByTestId('sync-card')).toContainText(nextStep);
    await expect(page.getByTestId('pending-changes')).toHaveText('1');
    await expect(messenger.syncState).toHaveText(heading);

    cloud.heal();
    await page.getByTestId('sync').click();
    await messenger.expectBackedUp();
    await expect(page.getByTestId('pending-changes')).toHaveText('0');
    const other = await openDevice();
    await other.messenger.connect(server.password.password);
    await other.messenger.openConversation('Notes');
    await expect
      .poll(async () => (await other.messenger.shownMessages()).map(({ text }) => text))
      .toEqual(['Written before', 'Written while it fails']);
  });
}

test('an upload whose answer is lost is there once', async ({ cloud, server, openDevice }) => {
  const { page, messenger } = await openDevice();
  await messenger.startConversation('Notes');
  await messenger.send('Written before');
  await messenger.connect(server.password.password);
  cloud.forget();
  cloud.fail({ answer: 'lost-reply', times: 1, when: ({ method }) => method === 'PUT' });
  await messenger.openConversation('Notes');
  await messenger.send('Sent twice, kept once');
  await messenger.sync();
  await expect(messenger.syncState).toHaveText('Backed up');
  const uploads = cloud.requests.filter(({ method }) => method === 'PUT');
  expect(new Set(uploads.map(({ path }) => path)).size).toBe(1);

  const other = await openDevice();
  await other.messenger.connect(server.password.password);
  await other.messenger.openConversation('Notes');
  await expect(other.messenger.messages).toHaveCount(2);
  expect(await readStoredHistory(other.page)).toEqual(await readStoredHistory(page));
});

test('a wrong password is told at the form, and nothing is lost until it is right', async ({
  cloud,
  server,
  openDevice,
}) => {
  const { page, messenger } = await openDevice();
  await messenger.startConversation('Notes');
  await messenger.send('Written before');
  await messenger.enterPassword('not this one');
  const problem = page.getByTestId('connect-problem');
  await expect(problem).toContainText('The cloud refuses the user name or password');
  await expect(problem).toContainText('Check both');
  await messenger.connect(server.password.password);

  await test.step('also when the password is changed later', async () => {
    cloud.fail({ answer: 401 });
    await messenger.openConversation('Notes');
    await messenger.send('Written after');
    await page.getByTestId('open-storage').click();
    await page.getByTestId('sync').click();
    const status = page.getByTestId('storage-status');
    await expect(status).toHaveText('WebDAV asks for a new sign-in.');
    await expect(page.getByTestId('sync-card')).toContainText(
      'Enter a password or keys that are valid; nothing pending is lost.',
    );
    await expect(page.getByTestId('pending-changes')).toHaveText('1');
    cloud.heal();
    await messenger.connect(server.password.password);
  });

  const other = await openDevice();
  await other.messenger.connect(server.password.password);
  await other.messenger.openConversation('Notes');
  await expect(other.messenger.messages).toHaveCount(2);
});
