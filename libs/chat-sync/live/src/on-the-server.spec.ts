import { DOCUMENT } from '@angular/common';
import { ApplicationRef, PLATFORM_ID } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { provideChatSync, withChatStorage, ɵSEAM } from '@chat-vault/chat-sync';
import { describe, expect, it } from 'vitest';
import { Connectivity } from './connectivity';
import { LIVE_OPENER } from './live-options';
import { LiveSyncService } from './live-sync-service';
import { withLiveSync } from './with-live-sync';

const refuse = (what: string) => (): never => {
  throw new Error(`${what} was used on the server`);
};

const setUp = () => {
  TestBed.configureTestingModule({
    providers: [
      { provide: PLATFORM_ID, useValue: 'server' },
      {
        provide: DOCUMENT,
        useFactory: () =>
          new Proxy(document, {
            get: (target, name) => {
              if (name === 'defaultView') return refuse('the window')();
              const value: unknown = Reflect.get(target, name, target);
              return typeof value === 'function' ? value.bind(target) : value;
            },
          }),
      },
      {
        provide: ɵSEAM.CHAT_SYNC_CLOCK,
        useValue: { now: refuse('time'), after: refuse('a timer'), random: refuse('chance') },
      },
      { provide: LIVE_OPENER, useValue: refuse('live sync') },
      provideChatSync(
        {},
        withChatStorage(refuse('the storage')),
        withLiveSync({
          url: refuse('the address'),
          userId: refuse('the account'),
          token: refuse('the token'),
        }),
      ),
    ],
  });
  return TestBed.inject(LiveSyncService);
};

describe('live sync on the server', () => {
  it('touches nothing, and shows nothing', async () => {
    const live = setUp();
    const fixture = TestBed.createComponent(Connectivity);
    TestBed.tick();
    await TestBed.inject(ApplicationRef).whenStable();
    expect([live.isSignedIn(), live.state(), live.conversations()]).toEqual([false, 'offline', []]);
    expect((fixture.nativeElement as HTMLElement).textContent?.trim()).toBe('');
  });

  it('answers every call', async () => {
    const live = setUp();
    const refused = { code: 'not-in-browser' };
    await expect(live.markRead('urn:chat:1')).rejects.toMatchObject(refused);
    await expect(live.syncNow()).rejects.toMatchObject(refused);
    live.signedIn();
  });
});
