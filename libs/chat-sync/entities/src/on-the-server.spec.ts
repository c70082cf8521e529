import { ApplicationRef, PLATFORM_ID } from '@angular/core';
import { DOCUMENT } from '@angular/common';
import { TestBed } from '@angular/core/testing';
import { provideChatSync, withChatStorage, ɵSEAM } from '@chat-vault/chat-sync';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { EntityRepositories } from './entity-repositories';
import { type Contact } from './test-devices';
import { withEntities } from './with-entities';

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
      provideChatSync(
        {},
        withChatStorage(refuse('the storage')),
        withEntities({ local: refuse('the device') }),
      ),
    ],
  });
  const repositories = TestBed.inject(EntityRepositories);
  return { repositories, contacts: repositories.repo<Contact>('Contact') };
};

describe('entities on the server', () => {
  it('touch nothing, and show nothing', async () => {
    const { repositories, contacts } = setUp();
    const { all, one } = TestBed.runInInjectionContext(() => ({
      all: contacts.signalAll(),
      one: contacts.signal('Contact.x'),
    }));
    TestBed.tick();
    await TestBed.inject(ApplicationRef).whenStable();
    expect([all(), one(), repositories.isReady(), repositories.lastError()]).toEqual([
      [],
      null,
      false,
      null,
    ]);
    expect(await lastValueFrom(contacts.observeAll(), { defaultValue: 'nothing' })).toBe('nothing');
  });

  it('answer every call', async () => {
    const { repositories, contacts } = setUp();
    const refused = { code: 'not-in-browser' };
    await expect(contacts.save({ name: 'Ada' })).rejects.toMatchObject(refused);
    await expect(contacts.getAll()).rejects.toMatchObject(refused);
    expect(await repositories.syncNow()).toMatchObject({ ok: false, error: refused });
    expect(await repositories.flush()).toMatchObject({ ok: false, error: refused });
    expect(await repositories.verify()).toMatchObject({ ok: false, error: refused });
  });
});
