import { compareReactions, compareVersions } from '@chat-vault/core/records';
import { compareKeys, type KeyGroup } from './key-groups.js';
import { type MayLeaveOut } from './may-leave-out.js';

/** Why products must not be committed. */
export class ProductMismatch extends Error {
  override readonly name = 'ProductMismatch';
}

/** Ordered batches of groups, each key once. */
export type GroupStream = AsyncIterable<readonly KeyGroup[]>;

/**
 * Compares what was read back with the inputs, key by key: the products must hold the winner among the inputs of every key, and no version that no input holds;
 * only what may be left out may lack. Nothing is committed when it throws.
 * @throws ProductMismatch
 */
export async function checkProducts(
  inputs: GroupStream,
  products: GroupStream,
  mayGo: MayLeaveOut,
): Promise<void> {
  const left = flatten(inputs);
  const right = flatten(products);
  let input = await left.next();
  let product = await right.next();
  while (!input.done || !product.done) {
    const order = input.done ? 1 : product.done ? -1 : compareKeys(input.value, product.value);
    if (order > 0) throw new ProductMismatch('a product holds a record that no input holds');
    if (input.done) break;
    if (order < 0) {
      checkGroup(input.value, undefined, mayGo);
      input = await left.next();
      continue;
    }
    checkGroup(input.value, product.done ? undefined : product.value, mayGo);
    input = await left.next();
    product = await right.next();
  }
}

function checkGroup(input: KeyGroup, product: KeyGroup | undefined, mayGo: MayLeaveOut): void {
  const wanted = input.message ?? input.tombstone;
  const found = product?.message ?? product?.tombstone;
  const isLeftOut = found === undefined && (wanted === undefined || mayGo(input));
  const isWinner =
    wanted !== undefined && found !== undefined && compareVersions(wanted, found) === 0;
  if (!isLeftOut && !isWinner)
    throw new ProductMismatch('a product lacks the winner of a key, or holds another version');
  const reactions = product?.reactions ?? [];
  const isSame =
    reactions.length === input.reactions.length &&
    reactions.every((reaction, index) => {
      const other = input.reactions[index];
      return other !== undefined && compareReactions(reaction, other) === 0;
    });
  if (!isSame) throw new ProductMismatch('the reactions of a key differ from those of the inputs');
}

async function* flatten(stream: GroupStream): AsyncGenerator<KeyGroup, undefined> {
  for await (const batch of stream) yield* batch;
  return undefined;
}
