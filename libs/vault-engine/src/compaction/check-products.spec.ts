import { type MessageTombstone, type Stamp, type StampedMessage } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { checkProducts, ProductMismatch } from './check-products.js';
import { type KeyGroup } from './key-groups.js';

const DEVICE = '0000000000000001';
const stampOf = (ms: number) => `${ms.toString(16).padStart(12, '0')}-0000-${DEVICE}` as Stamp;

function group(index: number, parts: Partial<KeyGroup> = {}): KeyGroup {
  const where = {
    conversationUrn: 'urn:a',
    sentTimestamp: `2024-01-0${index}T00:00:00.000Z`,
    id: `m${index}`,
  };
  const message: StampedMessage = {
    ...where,
    senderId: 'ann',
    typeId: 'text/plain',
    payloadBytes: new Uint8Array([index]),
    stamp: stampOf(index),
  };
  return { ...where, message, reactions: [], ...parts };
}

function deleted(index: number): KeyGroup {
  const { message: _message, ...where } = group(index);
  const { id, conversationUrn, sentTimestamp } = where;
  const tombstone: MessageTombstone = {
    conversationUrn,
    sentTimestamp,
    messageId: id,
    deletedAt: sentTimestamp,
    stamp: stampOf(100),
  };
  return { ...where, tombstone };
}

function withReaction(index: number, emoji: string | null): KeyGroup {
  const { conversationUrn, sentTimestamp, id } = group(index);
  const reaction = {
    conversationUrn,
    sentTimestamp,
    messageId: id,
    senderId: 'bob',
    emoji,
    stamp: stampOf(9),
  };
  return group(index, { reactions: [reaction] });
}

async function* batches(...all: (readonly KeyGroup[])[]): AsyncGenerator<readonly KeyGroup[]> {
  yield* all;
}

const INPUTS = [group(1), deleted(2), withReaction(3, '👍'), group(4)] as const;
const [ONE, TWO, THREE, FOUR] = INPUTS;
const newer = group(1, { message: { ...(ONE.message as StampedMessage), stamp: stampOf(50) } });
const altered = group(1, {
  message: { ...(ONE.message as StampedMessage), payloadBytes: new Uint8Array([99]) },
});

const check = (products: readonly KeyGroup[], mayGo = (_group: KeyGroup): boolean => false) =>
  checkProducts(batches(INPUTS), batches(products), mayGo);

describe('checkProducts', () => {
  it('accepts products that hold every winner, however they are cut', async () => {
    await check(INPUTS);
    await checkProducts(batches([ONE], [], [TWO, THREE], [FOUR]), batches(INPUTS), () => false);
    await checkProducts(batches(), batches(), () => false);
  });

  it.each([
    { bug: 'drops the first record', products: [TWO, THREE, FOUR] },
    { bug: 'drops a record in the middle', products: [ONE, TWO, FOUR] },
    { bug: 'drops the last record', products: [ONE, TWO, THREE] },
    { bug: 'drops a tombstone', products: [ONE, THREE, FOUR] },
    { bug: 'drops everything', products: [] },
    { bug: 'adds a record', products: [...INPUTS, group(5)] },
    { bug: 'adds a record before all', products: [group(0), ...INPUTS] },
    { bug: 'makes a version up', products: [newer, TWO, THREE, FOUR] },
    { bug: 'alters a payload and keeps the stamp', products: [altered, TWO, THREE, FOUR] },
    { bug: 'brings a deleted message back', products: [ONE, group(2), THREE, FOUR] },
    { bug: 'deletes a message', products: [ONE, TWO, THREE, deleted(4)] },
    { bug: 'drops a reaction', products: [ONE, TWO, group(3), FOUR] },
    { bug: 'alters a reaction', products: [ONE, TWO, withReaction(3, null), FOUR] },
    { bug: 'adds a reaction', products: [withReaction(1, '👍'), TWO, THREE, FOUR] },
    { bug: 'writes a record twice', products: [ONE, ONE, TWO, THREE, FOUR] },
  ])('refuses a compactor that $bug', async ({ products }) => {
    await expect(check(products)).rejects.toBeInstanceOf(ProductMismatch);
  });

  it('lets only go what may go: a message, never its reactions, a tombstone or another version', async () => {
    const mayGo = ({ message }: KeyGroup) => message !== undefined;
    await check([TWO, THREE, FOUR], mayGo);
    await check([TWO, { ...THREE, message: undefined } as unknown as KeyGroup, FOUR], mayGo);
    await expect(check([ONE, THREE, FOUR], mayGo)).rejects.toBeInstanceOf(ProductMismatch);
    await expect(check([ONE, TWO, FOUR], mayGo)).rejects.toBeInstanceOf(ProductMismatch);
    await expect(check([altered, TWO, THREE, FOUR], mayGo)).rejects.toBeInstanceOf(ProductMismatch);
  });
});
