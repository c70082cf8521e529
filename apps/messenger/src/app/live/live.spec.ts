import { TestBed } from '@angular/core/testing';
import { LiveSyncTestingController } from '@chat-vault/chat-sync/testing';
import { describe, expect, it } from 'vitest';
import { textMessage } from '../messages/text-message';
import { type AppHarness, openApp } from '../testing/app-harness';

const textOf = (element: HTMLElement) => element.textContent.replace(/\s+/g, ' ').trim();
const sendings = (app: AppHarness) => app.all('sending').map(({ dataset }) => dataset['sending']);
const server = () => TestBed.inject(LiveSyncTestingController).connection;

/** The app with Ann signed in. */
async function openSignedIn(): Promise<AppHarness> {
  const app = await openApp('/', { offer: { live: { url: 'https://chat.example' } } });
  globalThis.fetch = async () =>
    Response.json({ userId: 'Ann', token: 'token', expiresAt: '2999-01-01T00:00:00.000Z' });
  await app.click('open-sign-in');
  await app.type('live-name', 'Ann');
  await app.click('live-sign-in');
  await app.settle();
  return app;
}

/** The conversation of Ann and Bob, open. */
async function openWithBob(): Promise<AppHarness> {
  const app = await openSignedIn();
  await app.click('new-live');
  await app.type('live-people', 'Bob');
  await app.click('start-live');
  await app.settle();
  return app;
}

const write = async (app: AppHarness, text: string) => {
  await app.type('composer', text);
  await app.press('composer', 'Enter');
};

describe('live sync in the messenger', () => {
  it('is not there where the page offers none', async () => {
    const app = await openApp();
    expect([app.find('open-sign-in'), app.find('connectivity')]).toEqual([null, null]);
  });

  it('is one of the ways to begin on the first page', async () => {
    const app = await openApp('/', { offer: { live: { url: 'https://chat.example' } } });
    globalThis.fetch = async () =>
      Response.json({ userId: 'Ann', token: 'token', expiresAt: '2999-01-01T00:00:00.000Z' });
    await app.click('welcome-live');
    await app.type('live-name', 'Ann');
    await app.click('live-sign-in');
    await app.settle();
    expect(app.find('welcome-live')).toBeNull();
    expect(textOf(app.get('live-user'))).toBe('Ann');
  });

  it('signs in, begins a conversation and shows how far each message got', async () => {
    const app = await openWithBob();
    expect(textOf(app.get('live-user'))).toBe('Ann');
    expect(textOf(app.get('thread-title'))).toBe('Bob');
    expect(app.all('conversation').map(textOf).join()).toContain('No messages yet');
    await write(app, 'Hello Bob');
    expect(sendings(app)).toEqual(['waiting']);
    expect(app.get('message').dataset['own']).toBe('true');
    expect(app.get('connectivity').dataset['mark']).toBe('waiting');
    server().answerAll();
    await app.settle();
    expect(sendings(app)).toEqual(['sent']);
    expect(textOf(app.get('connectivity'))).toContain('Everything is sent');
  });

  it('shows what others write, and lets nobody delete it', async () => {
    const app = await openWithBob();
    const [conversation] = await server().conversations();
    const conversationUrn = conversation?.conversationUrn ?? '';
    const sentTimestamp = '2026-01-01T12:00:00.000Z';
    await server().receive(
      textMessage({ id: 'b', conversationUrn, senderId: 'Bob', sentTimestamp, text: 'Hi Ann' }),
    );
    await app.settle();
    expect(app.all('message-text').map(textOf)).toEqual(['Hi Ann']);
    expect(sendings(app)).toEqual([]);
    await app.click('message-menu');
    expect([app.find('delete'), app.find('edit')]).toEqual([null, null]);
  });

  it('says why a message was refused; it can be sent again or deleted', async () => {
    const app = await openWithBob();
    await write(app, 'Hello Bob');
    server().refuseAll('not-a-member');
    await app.settle();
    expect(sendings(app)).toEqual(['refused']);
    expect(textOf(app.get('not-sent'))).toBe('Not sent. You are not in this conversation.');
    expect(app.get('connectivity').dataset['mark']).toBe('trouble');
    await app.click('message-menu');
    await app.click('retry');
    expect(sendings(app)).toEqual(['waiting']);
    server().refuseAll('not-a-member');
    await app.settle();
    await app.click('message-menu');
    await app.click('delete');
    await app.click('confirm');
    expect(app.all('message')).toEqual([]);
    expect((await server().outgoing()).map(({ action }) => action)).not.toContain('MESSAGE_DELETE');
  });

  it('lists all that was refused', async () => {
    const app = await openWithBob();
    server().refuseAll('malformed');
    await app.settle();
    await app.click('show-refused');
    expect(app.all('refused').map(textOf).join()).toContain('A conversation could not be started.');
    app.all('refused').at(0)?.querySelectorAll('button').item(1).click();
    await app.settle();
    await app.settle();
    expect(await server().outgoing()).toEqual([]);
    expect(app.find('refused')).toBeNull();
  });

  it('deletes a refused message from the list of them, so that it never looks sent', async () => {
    const app = await openWithBob();
    server().answerAll();
    await app.settle();
    await write(app, 'Hello Bob');
    server().refuseAll('not-a-member');
    await app.settle();
    await app.click('show-refused');
    const message = app.all('refused').find((item) => textOf(item).startsWith('A message'));
    message?.querySelectorAll('button').item(1).click();
    await app.settle();
    await app.settle();
    expect(app.all('message')).toEqual([]);
    expect((await server().outgoing()).map(({ action }) => action)).not.toContain('MESSAGE_SEND');
  });

  it('lets the person sign in again after the session expired', async () => {
    const app = await openSignedIn();
    server().show({ state: 'auth-error' });
    await app.settle();
    expect(textOf(app.get('connectivity'))).toContain('Session expired');
    await app.click('sign-in-again');
    expect((app.get('live-name') as HTMLInputElement).value).toBe('Ann');
    await app.click('live-sign-in');
    await app.settle();
    expect(app.get('connectivity').dataset['mark']).toBe('sent');
  });

  it('keeps what is there after leaving or signing out, and says why nothing can be written', async () => {
    const app = await openWithBob();
    await write(app, 'Bye');
    await app.click('open-members');
    expect(app.all('member').map(textOf)).toEqual(['AAnn (you)owner', 'BBob']);
    await app.click('leave-conversation');
    await app.click('confirm');
    await app.settle();
    expect(app.all('message-text').map(textOf)).toEqual(['Bye']);
    expect(textOf(app.get('writing-bar'))).toContain('not in this conversation any more');
    await app.click('sign-out');
    await app.click('confirm');
    expect(textOf(app.get('writing-bar'))).toContain('Sign in to write here.');
    expect(app.find('composer')).toBeNull();
  });

  it('adds and removes people', async () => {
    const app = await openWithBob();
    await app.click('open-members');
    await app.type('add-member-name', 'Cleo, Dan');
    await app.click('add-member');
    await app.settle();
    expect(app.all('member')).toHaveLength(4);
    app.all('remove-member').at(0)?.click();
    await app.settle();
    expect(app.all('member').map(textOf).join()).not.toContain('Bob');
  });

  it('posts a story, shows it and deletes it', async () => {
    const app = await openWithBob();
    await app.click('new-story');
    await app.type('story-text', 'On the lake');
    await app.click('post-story');
    await app.settle();
    await app.click('open-story');
    expect(textOf(app.get('story'))).toContain('On the lake');
    await app.click('delete-story');
    await app.settle();
    expect(app.find('open-story')).toBeNull();
  });

  it('leaves other conversations as they are', async () => {
    const app = await openSignedIn();
    await app.click('new-conversation');
    await app.type('new-conversation-name', 'Notes');
    await app.click('start-conversation');
    await write(app, 'To myself');
    expect(app.all('message-text').map(textOf)).toEqual(['To myself']);
    expect([sendings(app), await server().outgoing()]).toEqual([[], []]);
  });
});
