import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import { textMessage } from '../messages/text-message';
import { type AppHarness, openApp } from '../testing/app-harness';
import { Contacts } from './contacts';

const CLUB = 'urn:chat:own:Club';
const textOf = (element: HTMLElement) => element.textContent.replace(/\s+/g, ' ').trim();
const value = (app: AppHarness, testId: string) => (app.get(testId) as HTMLInputElement).value;

async function openClub(url = `/c/${CLUB}`): Promise<AppHarness> {
  const app = await openApp();
  const message = (id: string, senderId: string, minute: number) =>
    textMessage({
      id,
      conversationUrn: CLUB,
      senderId,
      sentTimestamp: `2024-01-30T12:0${minute}:00.000Z`,
      text: `by ${senderId}`,
    });
  const storage = await app.sync.storage();
  await storage.save([message('a', 'ann_w', 1), message('m', 'Me', 2), message('b', 'bob', 3)]);
  await app.go(url);
  return app;
}
const closed = async (app: AppHarness) => {
  await expect.poll(() => app.find('contact-dialog')).toBeNull();
  await app.settle();
};

describe('ContactDialog', () => {
  it('names a sender, wherever they are shown', async () => {
    const app = await openClub();
    await TestBed.inject(Contacts).change('bob', { name: 'Robert' });
    await app.settle();
    expect(app.all('sender').map(textOf)).toEqual(['ann_w', 'Robert']);
    expect(textOf(app.get('conversation'))).toContain('Robert: by bob');
    expect(app.all('message').at(-1)?.getAttribute('aria-label')).toContain('Robert, ');
    await app.click('sender');
    expect(textOf(app.get('contact-dialog'))).toContain('ann_w');
    await app.type('contact-name', ' Ann  W ');
    app.get('colour-teal').click();
    await app.type('contact-note', 'My sister');
    await app.click('contact-save');
    await closed(app);
    expect(textOf(app.get('sender'))).toBe('Ann W');
    expect(TestBed.inject(Contacts).fieldsOf('ann_w')).toEqual({
      name: 'Ann W',
      colour: 'teal',
      note: 'My sister',
    });
    const avatar = app.get('thread').querySelector('cv-avatar') as HTMLElement;
    expect(avatar.style.getPropertyValue('--soft')).toBe('light-dark(#9fe3e2, #015353)');
  });

  it('is offered by the menu of a message of somebody else', async () => {
    const app = await openClub();
    const menus = app.all('message-menu');
    menus[1]?.click();
    await app.settle();
    expect(app.find('contact')).toBeNull();
    app.get('message-actions').dispatchEvent(new Event('cancel', { cancelable: true }));
    await app.settle();
    menus[2]?.click();
    await app.settle();
    await app.click('contact');
    expect(textOf(app.get('contact-dialog'))).toContain('bob');
  });

  it('gives the own name back when it is removed, and takes that back', async () => {
    const app = await openClub();
    await TestBed.inject(Contacts).change('ann_w', { name: 'Ann', note: 'x' });
    await app.settle();
    await app.click('sender');
    await app.click('contact-remove');
    await closed(app);
    expect(textOf(app.get('sender'))).toBe('ann_w');
    app.get('toast').querySelector('button')?.click();
    await expect.poll(() => TestBed.inject(Contacts).fieldsOf('ann_w').note).toBe('x');
    await app.settle();
    expect(textOf(app.get('sender'))).toBe('Ann');
  });

  it('keeps no contact of whom nothing is said', async () => {
    const app = await openClub();
    const contacts = TestBed.inject(Contacts);
    await contacts.change('ann_w', { name: 'Ann' });
    await contacts.change('ann_w', { name: '' });
    await app.settle();
    expect(contacts.has('ann_w')).toBe(false);
    await app.click('sender');
    expect(app.find('contact-remove')).toBeNull();
    await app.click('contact-save');
    await closed(app);
    expect(contacts.all()).toEqual([]);
  });

  it('leaves alone what is typed, and saves no more than that', async () => {
    const app = await openClub();
    const contacts = TestBed.inject(Contacts);
    await app.click('sender');
    await app.type('contact-name', 'Ann');
    await contacts.change('ann_w', { name: 'Anna', colour: 'pink', note: 'from the phone' });
    await app.settle();
    expect(value(app, 'contact-name')).toBe('Ann');
    expect(value(app, 'contact-note')).toBe('from the phone');
    await app.click('contact-save');
    await closed(app);
    expect(contacts.fieldsOf('ann_w')).toEqual({
      name: 'Ann',
      colour: 'pink',
      note: 'from the phone',
    });
  });

  it('names those who reacted', async () => {
    const app = await openClub();
    const storage = await app.sync.storage();
    await TestBed.inject(Contacts).change('bob', { name: 'Robert' });
    const to = { conversationUrn: CLUB, sentTimestamp: '2024-01-30T12:01:00.000Z', id: 'a' };
    await storage.react(to, 'bob', '👍');
    await app.settle();
    expect(app.get('reaction').title).toBe('Robert');
  });
});

/** What stands in the lines beside the avatars. */
const rows = (app: AppHarness, testId: string) =>
  app
    .all(testId)
    .map((row) =>
      [...(row.querySelector('.words')?.children ?? [])].map(({ textContent }) =>
        textContent.trim(),
      ),
    )
    .map((words) => words.join(', '));

describe('ContactsPage', () => {
  it('lists contacts by name and others who wrote, and opens each', async () => {
    const app = await openClub('/contacts');
    expect(app.find('contacts-empty')).not.toBeNull();
    expect(rows(app, 'other-row')).toEqual(['bob']);
    await app.click('other-row');
    await app.type('contact-name', 'Robert');
    await app.click('contact-save');
    await closed(app);
    await TestBed.inject(Contacts).change('ann_w', { note: 'My sister' });
    await app.settle();
    expect(rows(app, 'contact-row')).toEqual(['ann_w, My sister', 'Robert, bob']);
    expect(app.find('other-row')).toBeNull();
    expect(app.find('contacts-empty')).toBeNull();
    await app.click('contact-row');
    expect(value(app, 'contact-note')).toBe('My sister');
  });
});
