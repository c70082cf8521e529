import { type ApplyResult } from '@chat-vault/chat-storage';
import { EMPTY_CONTENT, type StampedMessage, type VaultContent } from '@chat-vault/core';
import { describe, expect, it } from 'vitest';
import { type Run } from '../run/run.js';
import { createTally } from '../run/tally.js';
import { mergeBeside, MergeQueue } from './merge-queue.js';

const MERGED: ApplyResult = {
  messagesNew: 0,
  messagesUpdated: 0,
  messagesDeleted: 0,
  reactionsChanged: 0,
};

/** So many records; only their number and stamps are looked at here. */
const content = (records: number): VaultContent => {
  const message = { stamp: '018d5e1a0000-0000-0000000000000001' } as StampedMessage;
  return { ...EMPTY_CONTENT, messages: Array.from({ length: records }, () => message) };
};

/** A run whose merges wait until they are let go, or fail. */
const heldRun = () => {
  const merges: { readonly records: number; readonly coverage: number }[] = [];
  let letGo: (failure?: Error) => void = () => undefined;
  const gate = new Promise<void>((resolve, reject) => {
    letGo = (failure) => (failure ? reject(failure) : resolve());
  });
  const apply = async (
    { messages }: VaultContent,
    { coverage = [] }: { readonly coverage?: readonly unknown[] },
  ): Promise<ApplyResult> => {
    merges.push({ records: messages.length, coverage: coverage.length });
    await gate;
    return MERGED;
  };
  const env = { now: () => Date.UTC(2024, 5, 15) };
  const run = { storage: { apply }, provider: 'test', env, tally: createTally() };
  return { run: run as unknown as Run, merges, letGo };
};

const COVERED = [{ partition: '2024-01', conversationUrn: '*', coverage: null }];

/** Whether it is settled by now, however many steps that takes. */
const isSettled = async (work: Promise<unknown>): Promise<boolean> => {
  let isDone = false;
  const note = () => void (isDone = true);
  work.then(note, note);
  await new Promise((resolve) => setImmediate(resolve));
  return isDone;
};

describe('MergeQueue', () => {
  it('merges in one transaction what came meanwhile, and lets nobody add without end', async () => {
    const { run, merges, letGo } = heldRun();
    const queue = new MergeQueue(run);
    await queue.add(content(1));
    await queue.add(content(4_999));
    const tooMuch = queue.add(content(1));
    queue.cover(COVERED);
    expect(await isSettled(tooMuch)).toBe(false);
    expect(await isSettled(queue.finish())).toBe(false);
    expect(merges).toEqual([{ records: 1, coverage: 0 }]);
    letGo();
    await tooMuch;
    await queue.finish();
    expect(merges).toEqual([
      { records: 1, coverage: 0 },
      { records: 5_000, coverage: 1 },
    ]);
  });

  it('tells who adds too much, and who finishes, that a merge failed', async () => {
    const { run, merges, letGo } = heldRun();
    const queue = new MergeQueue(run);
    await queue.add(content(1));
    const tooMuch = queue.add(content(5_000));
    letGo(new Error('full'));
    await expect(tooMuch).rejects.toThrow('full');
    await expect(queue.finish()).rejects.toThrow('full');
    expect(merges).toHaveLength(1);
  });
});

describe('mergeBeside', () => {
  it('gives up what waits when the work failed, once nothing is being merged', async () => {
    const { run, merges, letGo } = heldRun();
    const working = mergeBeside(run, async (queue) => {
      await queue.add(content(1));
      await queue.add(content(2));
      queue.cover(COVERED);
      throw new Error('gone');
    });
    expect(await isSettled(working)).toBe(false);
    letGo();
    await expect(working).rejects.toThrow('gone');
    expect(merges).toEqual([{ records: 1, coverage: 0 }]);
  });
});
