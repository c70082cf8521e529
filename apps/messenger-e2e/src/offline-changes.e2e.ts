import { join } from 'node:path';
import { syncUntilEqual } from './support/sync-until-equal.ts';
import { expect, test } from './support/test.ts';

const exportFile = join(
  import.meta.dirname,
  '../../messenger/fixtures/whatsapp/ios-dmy-24h-unicode-edgecases.chatistics.txt',
);

test('what two devices change while offline is the same on both afterwards', async ({
  server,
  openDevice,
}) => {
  const one = await openDevice();
  await one.messenger.chooseImport(exportFile);
  await one.page.getByTestId('import-name').fill('Old friends');
  await one.page.getByTestId('import-start').click();
  await one.page.getByTestId('import-open').click();
  await one.messenger.startConversation('Family');
  for (const text of ['Lunch at noon?', 'Bring the map', 'Never mind', 'See you', 'A secret']) {
    await one.messenger.send(text);
  }
  await one.messenger.connect(server.password.password);
  const two = await openDevice();
  await two.messenger.connect(server.password.password);
  await one.messenger.openConversation('Family');
  await two.messenger.openConversation('Family');

  for (const { context } of [one, two]) await context.setOffline(true);
  await one.messenger.edit('Lunch at noon?', 'Lunch at one?');
  await two.messenger.edit('Lunch at noon?', 'Dinner at eight?');
  await two.messenger.edit('Never mind', 'Do mind');
  await one.messenger.delete('Never mind');
  await two.messenger.delete('A secret');
  await one.messenger.edit('Bring the map', 'Bring the map and a pen');
  await two.messenger.react('Bring the map');
  await one.messenger.send('Written without a network');
  await two.messenger.openConversation('Old friends');
  await two.messenger.clearConversation();
  await one.messenger.syncNow.click();
  await expect(one.messenger.syncState).toHaveText('This device is offline.');

  for (const { context } of [one, two]) await context.setOffline(false);
  await syncUntilEqual(one, two);
  await two.messenger.openConversation('Family');
  for (const { messenger } of [one, two]) {
    await expect(messenger.messages).toHaveCount(4);
    await expect(messenger.message('Dinner at eight?')).toContainText('edited');
    await expect(messenger.message('Bring the map and a pen').getByTestId('reaction')).toHaveCount(
      1,
    );
    await expect(messenger.message('See you')).toBeVisible();
    await expect(messenger.message('Written without a network')).toBeVisible();
  }
  await one.messenger.openConversation('Old friends');
  await expect(one.page.getByTestId('thread-empty')).toBeVisible();

  await test.step('deleted stays deleted, after a reload and on a third device', async () => {
    await one.page.goto('/');
    await one.messenger.openConversation('Family');
    await one.messenger.sync();
    const three = await openDevice();
    await three.messenger.connect(server.password.password);
    await three.messenger.openConversation('Family');
    for (const { messenger } of [one, three]) {
      await expect(messenger.messages).toHaveCount(4);
      await expect(messenger.message('A secret')).toHaveCount(0);
    }
  });
});
