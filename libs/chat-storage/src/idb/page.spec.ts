import { describe, expect, it } from 'vitest';
import { reaction, stamped } from '../testing/sample-records.js';
import { firstKey, lowerIndex, nextMessage, PageContent, pageKeyOf } from './page.js';

const contentOf = (messages: number, reactionsEach = 0): PageContent => {
  const content = new PageContent();
  for (let sent = 0; sent < messages; sent++) {
    content.add(stamped(sent, 1, { id: `m${sent}` }), sent, 0);
    for (let sender = 0; sender < reactionsEach; sender++) {
      content.add(reaction(sent, 1, { senderId: `p${100 + sender}` }), sent, 0);
    }
  }
  return content;
};

describe('PageContent', () => {
  it('stays whole up to the limit, and splits into equally full pages above it', () => {
    expect(contentOf(256).split(256)).toHaveLength(1);
    const parts = contentOf(300).split(256);
    expect(parts.map(({ records }) => records.length)).toEqual([100, 100, 100]);
    expect(parts.flatMap(({ seqs }) => seqs)).toEqual(contentOf(300).seqs);
  });

  it('never splits between the records of one message', () => {
    const parts = contentOf(5, 99).split(128);
    expect(parts.flatMap(({ records }) => records)).toEqual(contentOf(5, 99).records);
    for (const part of parts) expect(part.records[0]).toHaveProperty('payloadBytes');
    expect(contentOf(1, 500).split(256)).toHaveLength(1);
  });

  it('gives no page when there is nothing', () => {
    expect(new PageContent().split(256)).toEqual([]);
  });
});

describe('lowerIndex', () => {
  it('finds the first record of a message, or where it would be', () => {
    const { records } = contentOf(4, 2);
    expect(records.map((record) => lowerIndex(records, pageKeyOf(record)))).toEqual([
      0, 0, 0, 3, 3, 3, 6, 6, 6, 9, 9, 9,
    ]);
    expect(lowerIndex(records, ['urn:chat:1', '9999', ''])).toBe(12);
    expect(lowerIndex(records, firstKey({ records, seqs: [], marks: [] }))).toBe(0);
  });
});

describe('nextMessage', () => {
  it('goes on to where another message begins', () => {
    const { records } = contentOf(2, 2);
    expect([0, 1, 2, 3, 4, 6].map((index) => nextMessage(records, index))).toEqual([
      0, 3, 3, 3, 6, 6,
    ]);
  });
});
