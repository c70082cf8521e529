import { ApplicationRef, effect, inject, InjectionToken, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import {
  ChatSyncTestingController,
  LiveSyncTestingController,
  provideChatSyncTesting,
  provideLiveSyncTesting,
} from '@chat-vault/chat-sync/testing';
import { ChatHistory } from '@chat-vault/chat-sync';
import { describe, expect, it, vi } from 'vitest';
import { LIVE_OPENER, type LiveSyncOptions } from './live-options';
import { LiveSyncService } from './live-sync-service';
import { withLiveSync } from './with-live-sync';

const URN = 'urn:chat:live:1';
const message = {
  id: '0190a8a0-0000-7000-8000-000000000001',
  conversationUrn: URN,
  senderId: 'ann',
  typeId: 'text/plain',
  sentTimestamp: '2026-01-01T12:00:00.000Z',
  payloadBytes: new TextEncoder().encode('Hello'),
};
const TOKENS = new InjectionToken<string>('TOKENS', { factory: () => 'a token' });

const setUp = async (options: Partial<LiveSyncOptions> = {}) => {
  const userId = signal<string | null>('ann');
  TestBed.configureTestingModule({
    providers: [
      provideChatSyncTesting(
        { isConnected: false },
        withLiveSync({
          url: 'https://chat.example',
          userId,
          token: async () => inject(TOKENS),
          ...options,
        }),
      ),
      provideLiveSyncTesting(),
    ],
  });
  const controller = TestBed.inject(ChatSyncTestingController);
  const settle = async () => {
    TestBed.tick();
    await controller.settle();
  };
  await settle();
  return {
    userId,
    controller,
    settle,
    live: TestBed.inject(LiveSyncService),
    server: TestBed.inject(LiveSyncTestingController),
  };
};

describe('LiveSyncService', () => {
  it('gives the service worker that the application names for each connection', async () => {
    const { server, settle, userId } = await setUp({
      serviceWorker: () => ({ database: `of ${inject(TOKENS)}` }),
    });
    const opened = vi.spyOn(server, 'open');
    userId.set('ben');
    await settle();
    expect(opened).toHaveBeenCalledWith(
      expect.objectContaining({ userId: 'ben', serviceWorker: { database: 'of a token' } }),
    );
  });

  it('begins after the first paint, and tells what waits and what was taken', async () => {
    const { live, server, settle } = await setUp();
    expect(server.connection).toMatchObject({ url: 'https://chat.example', userId: 'ann' });
    expect([live.state(), live.isLive(), live.isSignedIn()]).toEqual(['live', true, true]);
    await live.send(message);
    expect(live.outgoing()).toMatchObject([{ messageId: message.id, state: 'pending' }]);
    expect(live.pending()).toBe(1);
    expect(await TestBed.inject(ChatHistory).get(message)).toMatchObject({ senderId: 'ann' });
    server.connection.answerAll();
    await settle();
    expect([live.pending(), live.outgoing()]).toEqual([0, []]);
  });

  it('keeps what was refused until it is tried again or dropped', async () => {
    const { live, server, settle } = await setUp();
    await live.send(message);
    server.connection.refuseAll('not-a-member');
    await settle();
    const [refused] = live.outgoing();
    expect([live.rejected(), refused]).toMatchObject([1, { reason: 'not-a-member' }]);
    await live.retry(refused?.opId ?? '');
    expect([live.pending(), live.rejected()]).toEqual([1, 0]);
    server.connection.refuseAll('not-a-member');
    await live.drop(refused?.opId ?? '');
    expect([live.outgoing(), live.rejected()]).toEqual([[], 0]);
  });

  it('begins a conversation, and shows its members', async () => {
    const { live } = await setUp();
    await live.createConversation({ conversationUrn: URN, title: null, memberIds: ['bob'] });
    expect(live.conversations()).toMatchObject([
      { conversationUrn: URN, members: [{ userId: 'ann', role: 'owner' }, { userId: 'bob' }] },
    ]);
    await live.removeMember(URN, 'ann');
    expect(live.conversations()).toEqual([]);
  });

  it('takes a story away when its time comes', async () => {
    const { live, controller } = await setUp();
    const { payloadBytes: _, sentTimestamp: postedAt, ...rest } = message;
    await live.postStory({ ...rest, postedAt, payloadText: 'A story' });
    await controller.advance(24 * 60 * 60 * 1000 - 1);
    expect(live.stories()).toHaveLength(1);
    await controller.advance(1);
    expect(live.stories()).toEqual([]);
  });

  it('gives the token of the application, asked for in an injection context', async () => {
    const { server } = await setUp();
    expect(await server.connection.askToken()).toBe('a token');
  });

  it('tells of a new sign-in', async () => {
    const { live, server } = await setUp();
    server.connection.show({ state: 'auth-error' });
    expect(live.state()).toBe('auth-error');
    live.signedIn();
    expect([live.state(), server.connection.signIns]).toEqual(['live', 1]);
  });

  it('never keeps the application from being stable', async () => {
    await setUp();
    await TestBed.inject(ApplicationRef).whenStable();
    expect(TestBed.inject(LiveSyncTestingController).connection.isClosed).toBe(false);
  });
});

describe('who is signed in', () => {
  it('is told that it connects until the device was read, not that there is no network', async () => {
    const seen: string[] = [];
    TestBed.configureTestingModule({
      providers: [
        provideChatSyncTesting(
          { isConnected: false },
          withLiveSync({ url: '', userId: 'ann', token: async () => null }),
        ),
        provideLiveSyncTesting(),
      ],
    });
    const live = TestBed.inject(LiveSyncService);
    TestBed.runInInjectionContext(() => effect(() => void seen.push(live.state())));
    TestBed.tick();
    expect(live.snapshot().userId).toBe('ann');
    await TestBed.inject(ChatSyncTestingController).settle();
    TestBed.tick();
    expect(seen).toEqual(['connecting', 'live']);
  });

  it('runs nothing while nobody is, and begins when somebody is', async () => {
    const { userId, live, server, settle } = await setUp({ url: () => 'https://chat.example' });
    userId.set(null);
    await settle();
    expect([live.isSignedIn(), live.state(), live.conversations()]).toEqual([false, 'offline', []]);
    expect(server.connections.map(({ isClosed }) => isClosed)).toEqual([true]);
    await expect(live.send(message)).rejects.toMatchObject({ code: 'not-signed-in' });
    userId.set('bob');
    await live.syncNow();
    expect(server.connections.map(({ isClosed, userId }) => [userId, isClosed])).toEqual([
      ['ann', true],
      ['bob', false],
    ]);
  });

  it('is one connection at a time, however fast people change', async () => {
    const { userId, server, settle } = await setUp();
    for (const name of ['bob', 'cleo', null, 'dan']) {
      userId.set(name);
      TestBed.tick();
    }
    await settle();
    const open = server.connections.filter(({ isClosed }) => !isClosed);
    expect(open.map(({ userId }) => userId)).toEqual(['dan']);
  });

  it('ends with the application', async () => {
    const { controller, server } = await setUp();
    const { connections } = server;
    const ended = controller.settle();
    TestBed.resetTestingModule();
    await ended;
    await expect.poll(() => connections.map(({ isClosed }) => isClosed)).toEqual([true]);
  });
});

describe('a device that fails', () => {
  it('says why, and begins later by itself or with the next call', async () => {
    let isBroken = true;
    const { live, controller, server, settle } = await (async () => {
      TestBed.configureTestingModule({
        providers: [
          provideChatSyncTesting(
            { isConnected: false },
            withLiveSync({ url: '', userId: 'ann', token: async () => null }),
          ),
          provideLiveSyncTesting(),
          {
            provide: LIVE_OPENER,
            useFactory: () => {
              const controller = inject(LiveSyncTestingController);
              return async (options: Parameters<LiveSyncTestingController['open']>[0]) => {
                if (isBroken) throw new Error('the disk is gone');
                return controller.open(options);
              };
            },
          },
        ],
      });
      const controller = TestBed.inject(ChatSyncTestingController);
      const settle = async () => {
        TestBed.tick();
        await controller.settle();
      };
      await settle();
      const server = TestBed.inject(LiveSyncTestingController);
      return { live: TestBed.inject(LiveSyncService), controller, server, settle };
    })();
    expect(live.lastError()).toMatchObject({ code: 'unexpected' });
    expect(live.state()).toBe('sync-error');
    await expect(live.syncNow()).rejects.toMatchObject({ code: 'unexpected' });
    isBroken = false;
    await controller.advance(10_000);
    await settle();
    expect([live.lastError(), server.connections.length]).toEqual([null, 1]);
  });
});
