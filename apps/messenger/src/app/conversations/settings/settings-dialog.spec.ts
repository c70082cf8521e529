import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from 'vitest';
import { Drafts } from '../../messages/drafts';
import { textMessage } from '../../messages/text-message';
import { type AppHarness, openApp } from '../../testing/app-harness';
import { AllConversationSettings, relabelled, toLabel } from './conversation-settings';

const urnOf = (name: string) => `urn:chat:own:${name}`;
const textOf = (element: HTMLElement) => element.textContent.replace(/\s+/g, ' ').trim();
const lines = (app: AppHarness) => app.all('conversation').map(textOf);
const titles = (app: AppHarness) =>
  app.all('conversation').map((line) => textOf(line.querySelector('.title') as HTMLElement));

/** The app with conversations Ann, Bob and Cyd, the newest first; the first is open. */
async function openChats(): Promise<AppHarness> {
  const app = await openApp();
  const messages = ['Ann', 'Bob', 'Cyd'].map((name, index) =>
    textMessage({
      id: name,
      conversationUrn: urnOf(name),
      senderId: name,
      sentTimestamp: `2024-01-0${9 - index}T12:00:00.000Z`,
      text: `I am ${name}`,
    }),
  );
  await (await app.sync.storage()).save(messages);
  await app.go(`/c/${urnOf('Ann')}`);
  return app;
}

/** Sets and saves the settings of the conversation that is open. */
async function change(app: AppHarness, ...clicks: readonly string[]): Promise<void> {
  await app.click('conversation-settings');
  for (const testId of clicks) await app.click(testId);
  await app.click('settings-save');
  await expect.poll(() => app.find('settings-dialog')).toBeNull();
  await app.settle();
}

describe('SettingsDialog', () => {
  it('gives a title, which can be taken back', async () => {
    const app = await openChats();
    await app.click('conversation-settings');
    await app.type('settings-title', '  My   sister ');
    await app.click('settings-save');
    await expect.poll(() => app.find('settings-dialog')).toBeNull();
    expect(textOf(app.get('thread-title'))).toBe('My sister');
    expect(titles(app)).toEqual(['My sister', 'Bob', 'Cyd']);
    await app.click('conversation-settings');
    expect((app.get('settings-title') as HTMLInputElement).placeholder).toBe('Ann');
    await app.type('settings-title', '');
    await app.click('settings-save');
    await expect.poll(() => app.find('settings-dialog')).toBeNull();
    expect(titles(app)).toEqual(['Ann', 'Bob', 'Cyd']);
  });

  it('pins on top, mutes, and leaves both again', async () => {
    const app = await openChats();
    await app.go(`/c/${urnOf('Cyd')}`);
    await change(app, 'isPinned', 'isMuted');
    expect(titles(app)).toEqual(['Cyd', 'Ann', 'Bob']);
    expect(lines(app)[0]).toContain('muted');
    expect(lines(app)[0]).toContain('pinned');
    await change(app, 'isPinned', 'isMuted');
    expect(titles(app)).toEqual(['Ann', 'Bob', 'Cyd']);
    expect(lines(app).join()).not.toMatch(/muted|pinned/);
  });

  it('shows what is unread in a muted conversation quietly', async () => {
    const app = await openChats();
    const badge = () => app.get('conversation').querySelector('[data-testid=unread]');
    await TestBed.inject(AllConversationSettings).change(urnOf('Ann'), { isMuted: true });
    const sentTimestamp = '2024-02-01T12:00:00.000Z';
    await app.go('/');
    const news = { id: 'n', conversationUrn: urnOf('Ann'), senderId: 'Ann', sentTimestamp };
    await (await app.sync.storage()).save(textMessage({ ...news, text: 'News' }));
    await app.settle();
    expect(badge()?.classList).toContain('quiet');
    await TestBed.inject(AllConversationSettings).change(urnOf('Ann'), { isMuted: false });
    await app.settle();
    expect(badge()?.classList).not.toContain('quiet');
  });

  it('puts away, and shows what was put away until the last one is back', async () => {
    const app = await openChats();
    expect(app.find('archive')).toBeNull();
    await change(app, 'isArchived');
    expect(titles(app)).toEqual(['Bob', 'Cyd']);
    expect(textOf(app.get('archive'))).toBe('Archived (1)');
    await app.click('archive');
    expect(titles(app)).toEqual(['Ann']);
    await change(app, 'isArchived');
    expect(titles(app)).toEqual(['Ann', 'Bob', 'Cyd']);
    expect(app.find('archive')).toBeNull();
  });

  it('gives labels, by which the list is filtered', async () => {
    const app = await openChats();
    await app.click('conversation-settings');
    await app.type('new-label', '  Home ');
    await app.press('new-label', 'Enter');
    expect(app.find('settings-dialog')).not.toBeNull();
    await app.type('new-label', 'Fun');
    await app.click('settings-save');
    await expect.poll(() => app.find('settings-dialog')).toBeNull();
    await app.settle();
    expect(app.all('label-filter').map(textOf)).toEqual(['Fun', 'Home']);
    await app.click('label-filter');
    expect(titles(app)).toEqual(['Ann']);
    await change(app, 'label');
    expect(app.all('label-filter').map(textOf)).toEqual(['Home']);
    expect(titles(app)).toEqual(['Ann', 'Bob', 'Cyd']);
  });

  it('shows what is changed elsewhere, and saves only what was changed here', async () => {
    const app = await openChats();
    const settings = TestBed.inject(AllConversationSettings);
    const urn = urnOf('Ann');
    await settings.change(urn, { labels: new Map([['Home', true]]) });
    await app.click('conversation-settings');
    await app.type('settings-title', 'Typed here');
    const labels = new Map([
      ['Home', false],
      ['Work', true],
    ]);
    await settings.change(urn, { title: 'From elsewhere', isPinned: true, labels });
    await app.settle();
    expect((app.get('settings-title') as HTMLInputElement).value).toBe('Typed here');
    expect((app.get('isPinned') as HTMLInputElement).checked).toBe(true);
    expect(app.all('label').map(textOf)).toEqual(['Work']);
    await app.click('settings-save');
    await expect.poll(() => app.find('settings-dialog')).toBeNull();
    expect(settings.of(urn)).toMatchObject({
      title: 'Typed here',
      isPinned: true,
      labels: ['Work'],
    });
  });

  it('makes changes of one conversation one after the other', async () => {
    await openChats();
    const settings = TestBed.inject(AllConversationSettings);
    const urn = urnOf('Bob');
    await Promise.all([
      settings.change(urn, { isPinned: true }),
      settings.change(urn, { isMuted: true }),
      settings.change(urn, { title: 'B' }),
    ]);
    expect(settings.of(urn)).toMatchObject({ isPinned: true, isMuted: true, title: 'B' });
  });
});

describe('ConversationList', () => {
  it('shows drafts where the conversation is not open, also without any message', async () => {
    const app = await openChats();
    const drafts = TestBed.inject(Drafts);
    drafts.keep(urnOf('Ann'), 'to Ann');
    drafts.keep(urnOf('Bob'), 'to\nBob');
    drafts.keep(urnOf('New'), 'to somebody new');
    await app.settle();
    expect(lines(app).join(' | ')).toMatch(
      /Draft: to somebody new .*Ann: I am Ann .*Draft: to Bob/,
    );
    await app.type('composer', '');
    await app.go('/');
    expect(lines(app).filter((line) => line.includes('Draft:'))).toHaveLength(2);
  });
});

describe('relabelled', () => {
  it('keeps the order, adds what is new at the end and takes away', () => {
    const changes = new Map([
      ['a', false],
      ['b', true],
      ['c', true],
    ]);
    expect(relabelled(['b', 'a', 'd'], changes)).toEqual(['b', 'd', 'c']);
    expect(relabelled(['b'])).toEqual(['b']);
  });
});

describe('toLabel', () => {
  it('takes needless space away and is not long', () => {
    expect(toLabel('  Two \n words ')).toBe('Two words');
    expect([...toLabel('🎈'.repeat(40))]).toHaveLength(30);
  });
});
