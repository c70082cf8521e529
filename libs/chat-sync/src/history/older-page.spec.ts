import { BOTTOM_POSITION, type ChatStorage, type MessagePosition } from '@chat-vault/chat-storage';
import { openIdbChatStorage } from '@chat-vault/chat-storage/idb';
import { CloudError } from '@chat-vault/cloud-storage';
import { type ChatMessage } from '@chat-vault/core';
import { type HistoryPage } from '@chat-vault/vault-engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Engine } from '../sync/engine-factory';
import { idsOf, messageAt, messagesFrom } from '../test-messages';
import { type HistoryProvider, readOlderPage } from './older-page';
import { comparePositions, positionOf } from './position';

const conversationUrn = 'urn:chat:1';

/** A provider that brings the next messages of its own to this device before it answers from there. */
class FakeProvider implements HistoryProvider {
  readonly failures: string[] = [];
  readonly #storage: ChatStorage;
  #cloud: readonly ChatMessage[];
  deletes: readonly ChatMessage[] = [];
  broken: CloudError | undefined;

  constructor(storage: ChatStorage, cloud: readonly ChatMessage[]) {
    this.#storage = storage;
    this.#cloud = [...cloud].reverse();
  }

  async open(): Promise<Engine> {
    if (this.broken) throw this.broken;
    const loadOlder: Engine['loadOlder'] = (query) => this.#loadOlder(query);
    return { loadOlder } as Engine;
  }

  fail({ code }: { readonly code: string }): void {
    this.failures.push(code);
  }

  async #loadOlder(query: {
    readonly before?: MessagePosition;
    readonly limit: number;
  }): Promise<HistoryPage> {
    await this.#storage.delete(this.deletes);
    this.deletes = [];
    for (;;) {
      const slice = await this.#storage.history({ ...query, conversationUrn });
      const line = this.#cloud[0] ? positionOf(this.#cloud[0]) : BOTTOM_POSITION;
      const messages = slice.messages.filter((message) => comparePositions(message, line) > 0);
      if (this.#cloud.length === 0 || messages.length >= query.limit) {
        const hasOlder = slice.hasMore || this.#cloud.length > 0;
        return { messages, reactions: [], hasOlder, incomplete: false };
      }
      await this.#storage.save(this.#cloud.slice(0, 1));
      this.#cloud = this.#cloud.slice(1);
    }
  }
}

describe('readOlderPage', () => {
  let storage: ChatStorage;
  beforeEach(async () => {
    storage = await openIdbChatStorage({ name: 'older-page', openChannel: () => undefined });
  });
  afterEach(() => storage.destroy());

  it('reads this device when no cloud is connected', async () => {
    await storage.save(messagesFrom(0, 3));
    const page = await readOlderPage(storage, [], { conversationUrn, limit: 2 }, {});
    expect(idsOf(page.messages)).toEqual(['m0002', 'm0001']);
    expect(page).toMatchObject({ hasOlder: true, incomplete: false });
  });

  it('leaves out nothing that any of several clouds holds', async () => {
    const even = new FakeProvider(
      storage,
      messagesFrom(0, 40).filter((_, index) => index % 2 === 0),
    );
    const sparse = new FakeProvider(storage, [messageAt(5), messageAt(17), messageAt(35)]);
    const seen: string[] = [];
    let before: MessagePosition | undefined;
    for (let hasOlder = true; hasOlder;) {
      const query = { conversationUrn, limit: 4, ...(before && { before }) };
      const page = await readOlderPage(storage, [even, sparse], query, {});
      seen.push(...idsOf(page.messages));
      hasOlder = page.hasOlder;
      before = page.messages.at(-1);
    }
    const everything = await storage.history({ conversationUrn, limit: 100 });
    expect(seen).toEqual(idsOf(everything.messages));
    expect(seen).toHaveLength(23);
  });

  it('reads on when one cloud deletes all of another one’s page', async () => {
    const full = new FakeProvider(storage, messagesFrom(0, 6));
    const deleting = new FakeProvider(storage, []);
    deleting.deletes = messagesFrom(4, 2);
    const query = { conversationUrn, limit: 2 };
    const page = await readOlderPage(storage, [full, deleting], query, {});
    expect(idsOf(page.messages)).toEqual(['m0003', 'm0002']);
  });

  it('shows what is here, with the reason, when a cloud fails', async () => {
    await storage.save(messagesFrom(0, 2));
    const provider = new FakeProvider(storage, []);
    provider.broken = new CloudError('offline', 'no network');
    const page = await readOlderPage(storage, [provider], { conversationUrn, limit: 9 }, {});
    expect(idsOf(page.messages)).toEqual(['m0001', 'm0000']);
    expect(page).toMatchObject({ incomplete: true, error: { code: 'offline' } });
    expect(provider.failures).toEqual(['offline']);
  });

  it('rejects with the reason of an aborted signal', async () => {
    const provider = new FakeProvider(storage, []);
    const signal = AbortSignal.abort(new Error('enough'));
    const query = { conversationUrn, limit: 9 };
    await expect(readOlderPage(storage, [provider], query, { signal })).rejects.toThrow('enough');
  });
});
