import { TestBed } from '@angular/core/testing';
import { ɵSEAM } from '@chat-vault/chat-sync';
import { EntityRepositories } from '@chat-vault/chat-sync/entities';
import { ChatSyncTestingController, provideChatSyncTesting } from '@chat-vault/chat-sync/testing';
import { type IPersistence, memoryStore } from '@chat-vault/entity-sync';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AFTER, CLOCK } from '../device/clock';
import { entityId } from '../entities/entity-id';
import { type Draft, withMessengerEntities } from '../entities/entity-types';
import { Drafts } from './drafts';

const URN = 'urn:chat:own:Notes';
const ID = entityId('Draft', URN);
const JOURNAL = 'chat-vault.unwritten-drafts';
const START = Date.UTC(2026, 0, 1, 12);

describe('Drafts', () => {
  let device: IPersistence;
  let isFull: boolean;
  let writes: number;

  beforeEach(() => {
    const memory = memoryStore();
    isFull = false;
    writes = 0;
    device = {
      loadData: (key) => memory.loadData(key),
      clearData: (key) => memory.clearData(key),
      storeData: async (key, data) => {
        if (isFull) throw new Error('the disk is full');
        if (key === 'app.Draft') writes += 1;
        await memory.storeData(key, data);
      },
    };
  });

  /** The page, on what the device holds. */
  async function open(now = START) {
    TestBed.resetTestingModule();
    TestBed.configureTestingModule({
      providers: [
        provideChatSyncTesting(
          { isConnected: false, now },
          withMessengerEntities({ local: () => device }),
        ),
        {
          provide: AFTER,
          useFactory: () => (ms: number, call: () => void) => clock().after(ms, call),
        },
        { provide: CLOCK, useFactory: () => () => clock().now() },
      ],
    });
    const repository = TestBed.inject(EntityRepositories).repo<Draft>('Draft');
    const drafts = TestBed.inject(Drafts);
    const controller = TestBed.inject(ChatSyncTestingController);
    await repository.getAll();
    await controller.settle();
    return { drafts, repository, controller };
  }
  const clock = () => TestBed.inject(ɵSEAM.CHAT_SYNC_CLOCK);
  /** What a page that is opened now would find on the disk. */
  const stored = async (): Promise<string | undefined> => {
    const data = (await device.loadData('app.Draft')) as {
      Draft?: Readonly<Record<string, Draft>>;
    } | null;
    return data?.Draft?.[ID]?.text;
  };
  const hide = () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    hidden.mockRestore();
  };

  it('shows what is typed at once, and writes it once when typing pauses', async () => {
    const { drafts, controller } = await open();
    for (const text of ['H', 'He', 'Hello']) drafts.keep(URN, text);
    expect(drafts.of(URN)).toBe('Hello');
    await controller.advance(999);
    expect(writes).toBe(0);
    await controller.advance(1);
    await expect.poll(stored).toBe('Hello');
    expect(writes).toBe(1);
    const next = await open(START + 5_000);
    expect(next.drafts.of(URN)).toBe('Hello');
    expect(next.drafts.all().get(URN)?.changedAt).toBe(START + 1_000);
  });

  it('deletes the draft with what is sent, and writes nothing when there was none', async () => {
    const { drafts, repository, controller } = await open();
    drafts.keep(URN, 'Hello');
    drafts.keep(URN, '');
    await controller.advance(3_000);
    expect(writes).toBe(0);
    drafts.keep(URN, 'Hello');
    await controller.advance(1_000);
    drafts.keep(URN, ' \n');
    expect(drafts.of(URN)).toBe('');
    await expect.poll(stored).toBeUndefined();
    expect(await repository.get(ID)).toBeNull();
  });

  it('shows what another device wrote, but not over what is being typed', async () => {
    const { drafts, repository, controller } = await open();
    await repository.save({ id: ID, conversationUrn: URN, text: 'from elsewhere' });
    await controller.settle();
    expect(drafts.of(URN)).toBe('from elsewhere');
    drafts.keep(URN, 'typed here');
    await repository.save({ id: ID, conversationUrn: URN, text: 'from elsewhere, later' });
    await controller.settle();
    expect(drafts.of(URN)).toBe('typed here');
    await controller.advance(1_000);
    expect((await repository.get(ID))?.text).toBe('typed here');
    await repository.delete(ID);
    await controller.settle();
    expect(drafts.of(URN)).toBe('');
  });

  it('writes when the page is hidden, without waiting', async () => {
    const { drafts, controller } = await open();
    drafts.keep(URN, 'Hello');
    hide();
    expect(localStorage.getItem(JOURNAL)).toContain('Hello');
    await controller.settle();
    await expect.poll(stored).toBe('Hello');
    await expect.poll(() => localStorage.getItem(JOURNAL)).toBeNull();
    hide();
    expect(localStorage.getItem(JOURNAL)).toBeNull();
  });

  it('takes up what the page before could not write any more', async () => {
    isFull = true;
    const before = await open();
    before.drafts.keep(URN, 'The last words');
    hide();
    await before.controller.settle();
    expect(await stored()).toBeUndefined();
    expect(localStorage.getItem(JOURNAL)).toContain('The last words');
    isFull = false;
    const { drafts } = await open(START + 60_000);
    expect(drafts.of(URN)).toBe('The last words');
    await expect.poll(stored).toBe('The last words');
    await expect.poll(() => localStorage.getItem(JOURNAL)).toBeNull();
  });

  it('does not bring back what was sent, nor put the older over the newer', async () => {
    const first = await open(START + 60_000);
    first.drafts.keep(URN, 'The newer one');
    await first.controller.advance(1_000);
    await expect.poll(stored).toBe('The newer one');
    localStorage.setItem(JOURNAL, JSON.stringify({ [URN]: { text: 'old', typedAt: START } }));
    const second = await open(START + 120_000);
    await expect.poll(() => localStorage.getItem(JOURNAL)).toBeNull();
    expect(second.drafts.of(URN)).toBe('The newer one');
    const sent = { text: '', typedAt: START + 110_000 };
    localStorage.setItem(JOURNAL, JSON.stringify({ [URN]: sent }));
    const third = await open(START + 180_000);
    await expect.poll(stored).toBeUndefined();
    expect(third.drafts.of(URN)).toBe('');
  });
});
