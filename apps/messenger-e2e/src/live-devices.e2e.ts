import { type Person, expect, test } from './support/live-test.ts';

const texts = async ({ device }: Person) =>
  (await device.messenger.shownMessages()).map(({ text }) => text);

test('three devices of one person show the same, whoever was away', async ({ openPerson }) => {
  const bob = await openPerson('Bob');
  const laptop = await openPerson('Ann');
  await laptop.beginWith('Bob');
  await laptop.device.messenger.send('From the laptop');
  await laptop.expectSent('From the laptop');
  const phone = await openPerson('Ann');
  await phone.device.messenger.openConversation('Bob');
  await expect(phone.device.messenger.message('From the laptop')).toBeVisible();

  await phone.device.context.setOffline(true);
  await expect(phone.badge).toContainText('No internet');
  await phone.device.messenger.send('From the phone, away');
  await bob.device.messenger.openConversation('Ann');
  await bob.device.messenger.send('From Bob');
  await laptop.device.messenger.edit('From the laptop', 'From the laptop, better');
  const tablet = await openPerson('Ann');
  await tablet.device.messenger.openConversation('Bob');
  await expect(tablet.device.messenger.message('From the laptop, better')).toBeVisible();

  await phone.device.context.setOffline(false);
  await phone.expectAllSent();
  await tablet.device.messenger.delete('From the phone, away');
  await tablet.expectAllSent();
  const all = ['From the laptop, better', 'From Bob'];
  for (const person of [laptop, phone, tablet, bob]) {
    await expect.poll(() => texts(person)).toEqual(all);
    await expect(person.device.page.getByTestId('unread')).toHaveCount(0);
  }
});
