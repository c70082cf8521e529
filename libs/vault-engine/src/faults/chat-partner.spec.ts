import { parsePath } from '@chat-vault/core/format';
import { describe, expect, it } from 'vitest';
import { expectConverged } from '../testing/convergence.js';
import { HOUR, makeMessages, textOf, World } from '../testing/world.js';

/** What a partner may put where the app takes their word for it. */
const HOSTILE = [
  '__proto__',
  'constructor',
  '../../keyring/x',
  '/etc/passwd',
  'a/b\\c',
  '%2e%2e%2f',
  'C:\\con',
  'line\nbreak\r\u0001\u202e',
  ' ',
  'é',
  'e\u0301',
  'x'.repeat(512),
];

const OPTIONS = { bulkRecords: 30, compactionThreshold: 3 };

describe('what a chat partner chooses', () => {
  it('as ids, senders, types and conversations arrives as it is on every device, and names no file', async () => {
    const world = new World();
    const [ann, bob] = [await world.device({ options: OPTIONS }), await world.device()];
    const [sample] = makeMessages(1, { at: world.now });
    if (!sample) throw new Error('a message was made');
    const messages = HOSTILE.map((text) => ({
      ...sample,
      id: text,
      senderId: text,
      typeId: text,
      conversationUrn: text,
    }));
    await ann.storage.save(messages);
    for (const message of messages) await ann.storage.react(message, message.senderId, '👍');
    for (let round = 0; round < 6; round++) {
      await ann.write(1, { prefix: `r${round}` });
      await ann.sync();
      world.pass(HOUR);
    }
    await expectConverged(world, [ann, bob]);
    const { messages: found, reactions } = await bob.content();
    const ids = (records: readonly { readonly conversationUrn: string }[]) =>
      records.map(({ conversationUrn }) => conversationUrn).filter((urn) => HOSTILE.includes(urn));
    expect(new Set(ids(found))).toEqual(new Set(HOSTILE));
    expect(ids(reactions)).toHaveLength(HOSTILE.length);
    for (const { path } of world.cloud.files())
      expect(parsePath('chat-vault', path)).not.toBeNull();
    expect(({} as { readonly id?: string }).id).toBeUndefined();
  });

  it('as the id of a message of another chat, or of another time, replaces nothing', async () => {
    const world = new World();
    const [ann, bob] = [await world.device({ options: OPTIONS }), await world.device()];
    const [mine] = await ann.write(1, { prefix: 'mine' });
    if (!mine) throw new Error('a message was made');
    await ann.sync();
    world.pass(HOUR);
    const payloadBytes = new TextEncoder().encode('evil');
    const later = new Date(world.now).toISOString();
    await ann.storage.save([
      { ...mine, payloadBytes, conversationUrn: 'urn:chat:evil' },
      { ...mine, payloadBytes, sentTimestamp: later },
    ]);
    await expectConverged(world, [ann, bob]);
    const texts = (await bob.content()).messages.map((message) => textOf(message));
    expect(texts.sort()).toEqual(['evil', 'evil', 'mine 0']);
  });

  it('as the id and the time of a message of the same chat counts as an edit of it, so the app must not take both', async () => {
    const world = new World();
    const ann = await world.device();
    const [mine] = await ann.write(1, { prefix: 'mine' });
    if (!mine) throw new Error('a message was made');
    const payloadBytes = new TextEncoder().encode('evil');
    await ann.storage.save({ ...mine, payloadBytes });
    expect(await ann.texts()).toEqual(['evil']);
  });

  it('as times at the ends of the calendar neither stops a sync nor hides the others', async () => {
    const world = new World();
    const [ann, bob] = [await world.device({ options: OPTIONS }), await world.device()];
    for (const [index, sentTimestamp] of [
      '0000-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '9999-12-31T23:59:59.999Z',
    ].entries()) {
      const [sample] = makeMessages(1, { prefix: `odd${index}` });
      if (sample) await ann.storage.save({ ...sample, sentTimestamp });
      await ann.write(1, { prefix: `r${index}` });
      await ann.sync();
      world.pass(HOUR);
    }
    await ann.engine().compact();
    await ann.write(40, { prefix: 'bulk', stepMs: HOUR * 24 * 20 });
    await expectConverged(world, [ann, bob]);
    expect(await bob.texts()).toHaveLength(46);
  });
});
