import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import {
  ChatSyncTestingController,
  LiveSyncTestingController,
  provideChatSyncTesting,
  provideLiveSyncTesting,
} from '@chat-vault/chat-sync/testing';
import { type LiveSnapshot } from '@chat-vault/live-sync';
import { describe, expect, it } from 'vitest';
import { Connectivity } from './connectivity';
import { withLiveSync } from './with-live-sync';

@Component({ imports: [Connectivity], template: '<cv-connectivity />' })
class Page {}

const setUp = async () => {
  const userId = signal<string | null>('ann');
  TestBed.configureTestingModule({
    providers: [
      provideChatSyncTesting(
        { isConnected: false },
        withLiveSync({ url: 'https://chat.example', userId, token: async () => 'token' }),
      ),
      provideLiveSyncTesting(),
    ],
  });
  const controller = TestBed.inject(ChatSyncTestingController);
  const fixture = TestBed.createComponent(Page);
  const page: HTMLElement = fixture.nativeElement;
  const settle = async () => {
    TestBed.tick();
    await controller.settle();
    await fixture.whenStable();
  };
  await settle();
  return {
    userId,
    settle,
    server: TestBed.inject(LiveSyncTestingController),
    badge: () => page.querySelector<HTMLElement>('cv-connectivity'),
    mark: () => page.querySelector('.mark')?.textContent?.trim(),
    announced: () => page.querySelector('[role=status]')?.textContent,
  };
};

describe('cv-connectivity', () => {
  it.each<[Partial<LiveSnapshot>, string, string | undefined, string]>([
    [{}, 'sent', '✓✓', 'Everything is sent'],
    [{ pending: 2 }, 'waiting', '', 'Sending…'],
    [{ rejected: 1 }, 'trouble', '!', 'Not all is sent'],
    [{ state: 'connecting' }, 'waiting', '', 'Connecting…'],
    [{ state: 'syncing' }, 'waiting', '', 'Catching up…'],
    [{ state: 'auth-error', pending: 1 }, 'trouble', '!', 'Session expired'],
    [{ state: 'sync-error' }, 'trouble', '!', 'Sync issue'],
    [{ state: 'connection-error', pending: 1 }, 'trouble', '!', 'No internet'],
    [{ state: 'offline' }, 'trouble', '!', 'No internet'],
  ])('shows %j as %s', async (snapshot, kind, mark, words) => {
    const { server, settle, badge, mark: shown, announced } = await setUp();
    server.connection.show(snapshot);
    await settle();
    expect(badge()?.dataset['mark']).toBe(kind);
    expect([shown(), announced()]).toEqual([mark, words]);
  });

  it('draws a clock while something waits, and hides the sign from readers', async () => {
    const { server, settle, badge } = await setUp();
    server.connection.show({ pending: 1 });
    await settle();
    expect(badge()?.querySelector('.mark[aria-hidden=true] svg')).not.toBeNull();
  });

  it('is empty while nobody is signed in', async () => {
    const { userId, settle, badge, mark, announced } = await setUp();
    userId.set(null);
    await settle();
    expect([badge()?.dataset['mark'], mark(), announced()]).toEqual([undefined, undefined, '']);
  });
});
