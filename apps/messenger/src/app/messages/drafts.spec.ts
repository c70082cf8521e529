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
  let writes: number;

  beforeEach(() => {
    const memory = memoryStore();
    writes = 0;
    device = {
      loadData: (key) => memory.loadData(key),
      clearData: (key) => memory.clearData(key),
      storeData: async (key, data) => {
        if (key === 'app.Draft') writes += 1;
        await memory.storeData(key, data);
      },
    };
  });

  /** The page, before it has read what the device holds. */
  function begin(now = START) {
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
    return { drafts, repository, controller };
  }
  /** The page, on what the device holds. */
  async function open(now = START) {
    const page = begin(now);
    await page.repository.getAll();
    await page.controller.settle();
    return page;
  }
  /** A page that never gets anything onto the device, also not when it ends. */
  async function withFullDisk<Page>(openPage: () => Promise<Page>): Promise<Page> {
    const whole = device;
    device = { ...whole, storeData: () => Promise.reject(new Error('the disk is full')) };
    const page = await openPage();
    device = whole;
    return page;
  }
  /** Something to wait for. */
  function gate() {
    let pass: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => (pass = resolve));
    return { pass, passed };
  }
  /** Keeps what is written to the device waiting. */
  function holdDisk() {
    const { storeData } = device;
    const [reached, released] = [gate(), gate()];
    device.storeData = async (key, data) => {
      reached.pass();
      await released.passed;
      await storeData(key, data);
    };
    return { reached: reached.passed, release: released.pass };
  }
  /** Keeps what is read of the device waiting. */
  function holdReads() {
    const { loadData } = device;
    const released = gate();
    device.loadData = async (key) => {
      await released.passed;
      return loadData(key);
    };
    return { release: released.pass };
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
    const before = await withFullDisk(() => open());
    before.drafts.keep(URN, 'The last words');
    hide();
    await before.controller.settle();
    expect(await stored()).toBeUndefined();
    expect(localStorage.getItem(JOURNAL)).toContain('The last words');
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

  it('is no draft any more once it was sent, though the page was hidden while it was written', async () => {
    const { drafts, controller } = await open();
    drafts.keep(URN, 'Hello');
    const disk = holdDisk();
    const writing = drafts.write();
    await disk.reached;
    hide();
    disk.release();
    await writing;
    expect(localStorage.getItem(JOURNAL)).toBeNull();
    drafts.keep(URN, '');
    await controller.settle();
    const next = await open(START + 60_000);
    await next.controller.settle();
    expect(next.drafts.of(URN)).toBe('');
  });

  it('is no draft any more once it was sent in another tab', async () => {
    const { drafts, controller } = await open();
    drafts.keep(URN, 'Hello');
    await drafts.write();
    localStorage.setItem(JOURNAL, JSON.stringify({ [URN]: { text: 'Hello', typedAt: START } }));
    await controller.advance(5_000);
    drafts.keep(URN, '');
    await controller.settle();
    await expect.poll(() => localStorage.getItem(JOURNAL)).toBeNull();
    const next = await open(START + 60_000);
    await next.controller.settle();
    expect(next.drafts.of(URN)).toBe('');
  });

  it('takes up the last words also where the clock of another device is ahead', async () => {
    const ahead = await open(START + 600_000);
    ahead.drafts.keep(URN, 'from elsewhere');
    await ahead.drafts.write();
    const before = await withFullDisk(() => open());
    before.drafts.keep(URN, 'The last words');
    hide();
    await before.controller.settle();
    const { drafts } = await open(START + 60_000);
    await expect.poll(stored).toBe('The last words');
    expect(drafts.of(URN)).toBe('The last words');
  });

  it('keeps what is typed after something was sent, though the device has not been read yet', async () => {
    const disk = holdReads();
    const { drafts, controller } = begin();
    drafts.keep(URN, 'sent');
    const writing = [drafts.write()];
    drafts.keep(URN, '');
    writing.push(drafts.write());
    drafts.keep(URN, 'typed since');
    writing.push(drafts.write());
    disk.release();
    await Promise.all(writing);
    await controller.settle();
    expect(drafts.of(URN)).toBe('typed since');
    expect(await stored()).toBe('typed since');
  });

  it('does not put what the page before left over the newer with what is typed elsewhere', async () => {
    const first = await open(START + 60_000);
    first.drafts.keep(URN, 'The newer one');
    await first.drafts.write();
    localStorage.setItem(JOURNAL, JSON.stringify({ [URN]: { text: 'old', typedAt: START } }));
    const disk = holdReads();
    const { drafts, controller } = begin(START + 120_000);
    drafts.keep('urn:chat:own:Other', 'typed');
    const writing = drafts.write();
    disk.release();
    await writing;
    await controller.settle();
    expect(drafts.of(URN)).toBe('The newer one');
    expect(await stored()).toBe('The newer one');
  });

  it('is not upset by what is no draft', async () => {
    const { drafts, repository, controller } = await open();
    const odd: object = { id: ID, conversationUrn: URN, text: 5 };
    await repository.save(odd as Draft);
    await controller.settle();
    expect(drafts.all()).toEqual(new Map());
    drafts.keep(URN, 'Hello');
    await drafts.write();
    expect(drafts.of(URN)).toBe('Hello');
    expect(await stored()).toBe('Hello');
  });
});
