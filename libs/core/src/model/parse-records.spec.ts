import { describe, expect, it } from 'vitest';
import { fieldRefusedBy } from '../testing/thrown-by.js';
import {
  parseChatMessage,
  parseClearing,
  parseMessageRef,
  parseReaction,
  parseStampedMessage,
  parseTombstone,
} from './parse-records.js';

const STAMP = '018d5f3a0000-0000-00000000000000aa';
const AT = '2024-01-31T10:15:30.123Z';
const hi = new TextEncoder().encode('hi');

const message = {
  id: 'm',
  conversationUrn: 'urn:a',
  senderId: 's',
  typeId: 'text/plain',
  sentTimestamp: AT,
  payloadBytes: hi,
};
const stored = { ...message, payloadBytes: 'aGk=', stamp: STAMP };
const target = { conversationUrn: 'urn:a', sentTimestamp: AT, messageId: 'm', stamp: STAMP };
const tombstone = { ...target, deletedAt: AT };
const reaction = { ...target, senderId: 's', emoji: '👍' };
const clearing = { conversationUrn: 'urn:a', upTo: AT, deletedAt: AT, stamp: STAMP };

const BAD_TEXTS: readonly unknown[] = [
  undefined,
  null,
  7,
  {},
  ['m'],
  '',
  'a\u0000b',
  '\ud800',
  'x\udc00',
  'x'.repeat(513),
];
const BAD_INSTANTS: readonly unknown[] = [
  undefined,
  null,
  0,
  '',
  '2024-02-31T00:00:00.000Z',
  '2024-01-31T10:15:30Z',
  '2024-01-31T10:15:30.123+00:00',
  new Date(0),
];

const withField = (record: object, field: string, value: unknown) => ({
  ...record,
  [field]: value,
});

describe('parseChatMessage', () => {
  it('copies the message, its bytes and its tags', () => {
    const tags = ['a', ''];
    const input = { ...message, tags, expiresAt: AT };
    const parsed = parseChatMessage(input);
    expect(parsed).toEqual(input);
    hi[0] = 0x48;
    tags.push('later');
    expect(parsed.payloadBytes[0]).toBe(0x68);
    expect(parsed.tags).toEqual(['a', '']);
    hi[0] = 0x68;
  });

  it('copies the bytes of a Node buffer, whose slices share memory', () => {
    const buffer = Buffer.from('hi');
    const { payloadBytes } = parseChatMessage({ ...message, payloadBytes: buffer });
    buffer[0] = 0;
    expect(payloadBytes).toEqual(hi);
    expect(Object.getPrototypeOf(payloadBytes)).toBe(Uint8Array.prototype);
  });

  it('leaves out what is no field of a message', () => {
    const parsed = parseChatMessage({ ...message, stamp: STAMP, other: 1, tags: undefined });
    expect(parsed).toEqual(message);
    expect(Object.keys(parsed)).not.toContain('tags');
  });

  it('accepts texts of 512 units and a payload of 1 MiB', () => {
    const id = 'ü'.repeat(512);
    const payloadBytes = new Uint8Array(1024 * 1024);
    expect(parseChatMessage({ ...message, id, payloadBytes })).toEqual({
      ...message,
      id,
      payloadBytes,
    });
  });

  it.each(['id', 'conversationUrn', 'senderId', 'typeId'])('refuses a bad %s by name', (field) => {
    for (const value of BAD_TEXTS)
      expect(fieldRefusedBy(() => parseChatMessage(withField(message, field, value)))).toBe(field);
  });

  it('refuses a bad sentTimestamp and expiresAt by name', () => {
    for (const value of BAD_INSTANTS) {
      const sent = () => parseChatMessage(withField(message, 'sentTimestamp', value));
      expect(fieldRefusedBy(sent)).toBe('sentTimestamp');
      if (value === undefined) continue;
      const expires = () => parseChatMessage(withField(message, 'expiresAt', value));
      expect(fieldRefusedBy(expires)).toBe('expiresAt');
    }
  });

  it.each([
    undefined,
    null,
    'hi',
    [1],
    new Uint16Array(1),
    new DataView(new ArrayBuffer(1)),
    new ArrayBuffer(1),
    new Uint8Array(1024 * 1024 + 1),
  ])('refuses the payload %o', (payloadBytes) => {
    expect(fieldRefusedBy(() => parseChatMessage({ ...message, payloadBytes }))).toBe(
      'payloadBytes',
    );
  });

  it.each([
    ['no list', 'x'],
    ['null', null],
    ['an item that is no text', [1]],
    ['a hole', new Array(1)],
    ['65 tags', Array.from({ length: 65 }, () => 'x')],
    ['a lone surrogate', ['\ud800']],
  ])('refuses tags with %s', (_name, tags) => {
    expect(fieldRefusedBy(() => parseChatMessage({ ...message, tags }))).toBe('tags');
  });

  it.each([undefined, null, 7, 'm', [message]])('refuses %j, which is no object', (value) => {
    expect(fieldRefusedBy(() => parseChatMessage(value))).toBe('message');
  });

  it('does not see inherited fields', () => {
    expect(fieldRefusedBy(() => parseChatMessage(Object.create(message)))).toBe('id');
    const { id, ...rest } = message;
    const polluted: unknown = JSON.parse(`{"__proto__":{"id":"${id}"}}`);
    expect(fieldRefusedBy(() => parseChatMessage(Object.assign({}, polluted, rest)))).toBe('id');
  });
});

describe('parseMessageRef', () => {
  it('takes the key out of a message', () => {
    expect(parseMessageRef(message)).toEqual({
      conversationUrn: 'urn:a',
      sentTimestamp: AT,
      id: 'm',
    });
  });

  it.each(['conversationUrn', 'sentTimestamp', 'id'])('refuses a bad %s by name', (field) => {
    expect(fieldRefusedBy(() => parseMessageRef(withField(message, field, '')))).toBe(field);
  });
});

describe('parseStampedMessage', () => {
  it.each([
    ['text', { payloadText: 'hi', payloadBytes: undefined }],
    ['base64', { payloadBytes: 'aGk=' }],
    ['a list of numbers', { payloadBytes: [0x68, 0x69] }],
    ['an object of index → number', { payloadBytes: { '0': 0x68, '1': 0x69 } }],
    ['an object in another order', { payloadBytes: { '1': 0x69, '0': 0x68 } }],
  ])('reads a payload that is %s', (_name, payload) => {
    expect(parseStampedMessage({ ...stored, ...payload }).payloadBytes).toEqual(hi);
  });

  it('keeps a byte order mark, U+0000 and an empty payload', () => {
    for (const payloadText of ['\ufeffhi', '\u0000', '']) {
      const { payloadBytes } = parseStampedMessage({
        ...stored,
        payloadBytes: undefined,
        payloadText,
      });
      expect(Buffer.from(payloadBytes).toString('utf8')).toBe(payloadText);
    }
  });

  it.each([
    ['nothing', { payloadBytes: undefined }],
    ['null', { payloadBytes: null }],
    ['a number', { payloadBytes: 7 }],
    ['a bad base64', { payloadBytes: 'a' }],
    ['too much base64', { payloadBytes: 'A'.repeat(1_500_000) }],
    ['a number that is no byte', { payloadBytes: [256] }],
    ['a fraction', { payloadBytes: [0.5] }],
    ['a text among numbers', { payloadBytes: ['1'] }],
    ['too many numbers', { payloadBytes: new Array(1024 * 1024 + 1).fill(0) }],
    ['an index that is missing', { payloadBytes: { '0': 1, '2': 1 } }],
    ['a name that is no index', { payloadBytes: { '0': 1, length: 1 } }],
    ['text and bytes at once', { payloadText: 'hi' }],
  ])('refuses a payload that is %s', (_name, payload) => {
    expect(fieldRefusedBy(() => parseStampedMessage({ ...stored, ...payload }))).toBe(
      'payloadBytes',
    );
  });

  it.each([7, null, '\ud800', 'x'.repeat(1024 * 1024 + 1)])(
    'refuses the text %#',
    (payloadText) => {
      const value = { ...stored, payloadBytes: undefined, payloadText };
      expect(fieldRefusedBy(() => parseStampedMessage(value))).toBe('payloadText');
    },
  );

  it('refuses text above 1 MiB as UTF-8', () => {
    const value = { ...stored, payloadBytes: undefined, payloadText: 'ü'.repeat(600_000) };
    expect(fieldRefusedBy(() => parseStampedMessage(value))).toBe('payloadBytes');
  });

  it('keeps unknown fields, without __proto__ at any level', () => {
    const json: unknown = JSON.parse(
      JSON.stringify(stored).replace(
        '{',
        '{"__proto__":{"polluted":1},"pinned":{"by":["s"],"__proto__":{"x":1}},"constructor":2,',
      ),
    );
    const parsed = parseStampedMessage(json);
    expect(parsed.extra).toEqual({ pinned: { by: ['s'] }, constructor: 2 });
    expect(Object.getPrototypeOf(parsed.extra)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(parsed.extra?.['pinned'])).toBe(Object.prototype);
    expect('polluted' in parsed).toBe(false);
  });

  it.each([
    ['a number that is not finite', JSON.parse('1e999')],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a name', { '\udc00': 1 }],
    ['deep nesting', JSON.parse('['.repeat(10_000) + ']'.repeat(10_000))],
    ['deep objects', JSON.parse('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000))],
  ])('refuses an unknown field with %s, which could not be written again', (_name, value) => {
    expect(fieldRefusedBy(() => parseStampedMessage({ ...stored, later: value }))).toBeTypeOf(
      'string',
    );
  });
});

describe.each([
  ['parseStampedMessage', parseStampedMessage, stored, 'id senderId typeId'],
  ['parseTombstone', parseTombstone, tombstone, 'messageId'],
  ['parseReaction', parseReaction, reaction, 'messageId senderId'],
  ['parseClearing', parseClearing, clearing, ''],
] as const)('%s', (_name, parse: (value: unknown) => object, record, texts) => {
  it('reads what it is and keeps unknown fields', () => {
    const read = 'payloadBytes' in record ? withField(record, 'payloadBytes', hi) : record;
    expect(parse({ ...record, later: [1] })).toEqual({ ...read, extra: { later: [1] } });
    expect(parse(record)).toEqual(read);
  });

  it('refuses each bad text and instant by name', () => {
    for (const field of ['conversationUrn', ...texts.split(' ').filter(Boolean)])
      for (const value of BAD_TEXTS)
        expect(fieldRefusedBy(() => parse(withField(record, field, value)))).toBe(field);
    for (const field of ['sentTimestamp', 'upTo', 'deletedAt'].filter((name) => name in record))
      for (const value of BAD_INSTANTS)
        expect(fieldRefusedBy(() => parse(withField(record, field, value)))).toBe(field);
  });

  it('refuses a bad stamp and what is no object', () => {
    for (const value of [undefined, '', 7, STAMP.toUpperCase()])
      expect(fieldRefusedBy(() => parse(withField(record, 'stamp', value)))).toBe('stamp');
    for (const value of [undefined, null, 1, 'x', []])
      expect(fieldRefusedBy(() => parse(value))).toBeTypeOf('string');
  });
});

describe('parseReaction', () => {
  it('reads a reaction that was taken back', () => {
    expect(parseReaction({ ...reaction, emoji: null }).emoji).toBeNull();
  });

  it.each([undefined, '', 7, '\ud83d'])('refuses the emoji %j', (emoji) => {
    expect(fieldRefusedBy(() => parseReaction({ ...reaction, emoji }))).toBe('emoji');
  });
});
