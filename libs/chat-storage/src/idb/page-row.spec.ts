import { describe, expect, it } from 'vitest';
import { at, reaction, stamped, tombstone } from '../testing/sample-records.js';
import { type Page } from './page.js';
import { pageToRow, rowToPage } from './page-row.js';

const page: Page = {
  records: [
    stamped(1, 1, { tags: ['a'], expiresAt: at(9), extra: { later: { list: [1] } } }),
    reaction(1, 2),
    reaction(1, 3, { senderId: 'cleo', emoji: null, extra: { why: 'x' } }),
    { ...tombstone(2, 1), extra: { by: 'ada' } },
    stamped(3, 1, { payloadBytes: new Uint8Array() }),
    stamped(4, 1),
  ],
  seqs: [7, 1, 2, 3, 4, 9],
  marks: [0, 5, [5, 6], 0, 0, 0],
};

describe('pageToRow', () => {
  it('keeps every field of messages, tombstones and reactions', () => {
    const row = pageToRow(page, 9);
    expect(rowToPage(structuredClone(row))).toEqual(page);
    expect(row.pending).toBe(9);
  });

  it('has no pending sequence when nothing is pending, so that the index leaves it out', () => {
    expect('pending' in pageToRow(page, undefined)).toBe(false);
  });
});

describe('rowToPage', () => {
  it('gives each message bytes of its own', () => {
    const row = pageToRow(page, undefined);
    const [first] = rowToPage(row).records;
    if (first && 'payloadBytes' in first) new Uint8Array(first.payloadBytes.buffer).fill(0);
    expect(rowToPage(row)).toEqual(page);
  });
});
