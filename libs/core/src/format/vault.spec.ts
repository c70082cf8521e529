import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../json/canonical-json.js';
import { mergeClearings } from '../merge/clearings.js';
import { EMPTY_CONTENT, mergeContents } from '../merge/merge-contents.js';
import { arbitraryContent, arbitraryOrigin, VAULT_ID } from '../testing/arbitraries.js';
import { codeThrownBy, fieldRefusedBy } from '../testing/thrown-by.js';
import { MAX_VAULT_RECORDS } from './limits.js';
import { createVault, parseVault, vaultToJson } from './vault.js';

const runs = { seed: 51, numRuns: 150 };
const AT = '2024-01-31T10:15:30.123Z';
const message = {
  id: 'm',
  conversationUrn: 'urn:a',
  senderId: 's',
  typeId: 't',
  sentTimestamp: AT,
  payloadText: 'hi',
  stamp: '018d5f3a0000-0000-00000000000000aa',
};
const json = {
  version: 1,
  vaultId: VAULT_ID,
  rangeStart: AT,
  rangeEnd: AT,
  messageCount: 1,
  messages: [message],
  tombstones: [],
  reactions: [],
  cleared: [],
};
const empty = { ...json, rangeStart: '', rangeEnd: '', messageCount: 0, messages: [] };

describe('parseVault', () => {
  it('reads back what vaultToJson writes, byte for byte', () => {
    fc.assert(
      fc.property(arbitraryContent, arbitraryOrigin, (content, origin) => {
        const vault = createVault({ vaultId: VAULT_ID, content, ...origin });
        const text = canonicalJson(vaultToJson(vault));
        const parsed = parseVault(JSON.parse(text));
        expect(parsed).toEqual(vault);
        expect(canonicalJson(vaultToJson(parsed))).toBe(text);
      }),
      runs,
    );
  });

  it('keeps unknown fields and lists of a newer writer', () => {
    const later = { pins: [{ id: 1 }], mode: 'x' };
    const parsed = parseVault({ ...json, ...later });
    expect(parsed.extra).toEqual(later);
    expect(vaultToJson(parsed)).toMatchObject(later);
    const shadowing = { ...parsed, extra: { ...later, account: 'forged', messages: [] } };
    expect(vaultToJson(shadowing)).toEqual(vaultToJson(parsed));
  });

  it('reads records in any order and several versions of a key', () => {
    const messages = [{ ...message, id: 'z' }, message, message];
    expect(parseVault({ ...json, messages, messageCount: 3 }).messages).toHaveLength(3);
  });

  it('takes an absent list for an empty one', () => {
    const { tombstones: _t, reactions: _r, cleared: _c, ...rest } = json;
    expect(parseVault(rest)).toMatchObject({ tombstones: [], reactions: [], cleared: [] });
  });

  it('accepts the month of its records only', () => {
    expect(parseVault(json, { partition: '2024-01' }).messageCount).toBe(1);
    expect(fieldRefusedBy(() => parseVault(json, { partition: '2024-02' }))).toBe('rangeStart');
    const tombstones = [
      {
        conversationUrn: 'urn:a',
        sentTimestamp: '2024-02-01T00:00:00.000Z',
        messageId: 'n',
        deletedAt: AT,
        stamp: message.stamp,
      },
    ];
    const both = { ...json, tombstones, rangeEnd: '2024-02-01T00:00:00.000Z' };
    expect(parseVault(both).tombstones).toHaveLength(1);
    expect(fieldRefusedBy(() => parseVault(both, { partition: '2024-01' }))).toBe('rangeStart');
  });

  it.each([
    ['version', undefined],
    ['version', '1'],
    ['version', 0],
    ['version', 1.5],
    ['vaultId', 'x'],
    ['vaultId', VAULT_ID.toUpperCase()],
    ['messageCount', 2],
    ['messageCount', -1],
    ['messageCount', '1'],
    ['messageCount', undefined],
    ['rangeStart', ''],
    ['rangeStart', undefined],
    ['rangeEnd', '2024-01-31T10:15:30.124Z'],
    ['messages', {}],
    ['messages', null],
    ['tombstones', null],
    ['reactions', 'x'],
    ['cleared', 7],
    ['account', '0123'],
    ['account', '0123456789ABCDEF'],
    ['minReader', 'x'],
    ['minReader', -1],
  ])('refuses %s %j', (field, value) => {
    expect(fieldRefusedBy(() => parseVault({ ...json, [field]: value }))).toBe(field);
  });

  it.each([
    [null],
    ['x'],
    [{}],
    [{ deviceId: '0'.repeat(16) }],
    [{ deviceId: '0'.repeat(15), previous: null }],
    [{ deviceId: '0'.repeat(16), previous: 'x' }],
  ])('refuses the writer %j', (writer) => {
    expect(fieldRefusedBy(() => parseVault({ ...json, writer }))).toMatch(/^writer/);
  });

  it.each([
    ['the version', { version: 2 }],
    ['minReader', { minReader: 2 }],
    ['both, whatever else is new', { version: 3, messages: 'compressed', minReader: 9 }],
  ])('asks for an upgrade by %s', async (_name, change) => {
    expect(await codeThrownBy(() => parseVault({ ...json, ...change }))).toBe('upgrade-required');
  });

  it('refuses more records than the format allows, in one list or over all', async () => {
    const messages = new Array(MAX_VAULT_RECORDS + 1).fill(message);
    const many = { ...json, messages, messageCount: messages.length };
    expect(await codeThrownBy(() => parseVault(many))).toBe('too-large');
    const clearing = { conversationUrn: 'u', upTo: AT, deletedAt: AT, stamp: message.stamp };
    const half = MAX_VAULT_RECORDS / 2;
    const split = {
      ...json,
      messages: messages.slice(0, half),
      messageCount: half,
      cleared: new Array(half + 1).fill(clearing),
    };
    expect(await codeThrownBy(() => parseVault(split))).toBe('too-large');
    const huge = { ...empty, messages: new Array(1e9) };
    expect(await codeThrownBy(() => parseVault(huge))).toBe('too-large');
  });

  it('throws nothing but FormatError for any JSON in place of any field', async () => {
    const field = fc.constantFrom(...Object.keys(json), 'writer', 'account', 'minReader', 'x');
    await fc.assert(
      fc.asyncProperty(field, fc.jsonValue({ maxDepth: 3 }), async (name, value) => {
        expect(await codeThrownBy(() => parseVault({ ...json, [name]: value }))).toBeTypeOf(
          'string',
        );
        expect(await codeThrownBy(() => parseVault(value))).toBe('malformed');
      }),
      runs,
    );
  });
});

describe('createVault', () => {
  it('holds each record of merged content, sorted, whatever its clearings cover', () => {
    fc.assert(
      fc.property(arbitraryContent, (content) => {
        const vault = createVault({ vaultId: VAULT_ID, content });
        const { cleared: _none, ...records } = mergeContents([{ ...content, cleared: [] }]);
        expect(vault).toMatchObject({ ...records, cleared: mergeClearings(content.cleared) });
        const instants = [...vault.messages, ...vault.tombstones, ...vault.reactions]
          .map((record) => record.sentTimestamp)
          .sort();
        expect(vault.rangeStart).toBe(instants[0] ?? '');
        expect(vault.rangeEnd).toBe(instants.at(-1) ?? '');
        expect(vault.messageCount).toBe(vault.messages.length);
      }),
      runs,
    );
  });

  it('gives equal bytes for equal content in any order', () => {
    fc.assert(
      fc.property(arbitraryContent, (content) => {
        const reversed = {
          ...content,
          messages: [...content.messages].reverse(),
          tombstones: [...content.tombstones].reverse(),
          reactions: [...content.reactions].reverse(),
          cleared: [...content.cleared].reverse(),
        };
        const text = (one: typeof content) =>
          canonicalJson(vaultToJson(createVault({ vaultId: VAULT_ID, content: one })));
        expect(text(reversed)).toBe(text(content));
      }),
      runs,
    );
  });

  it('makes a vault of nothing', () => {
    const vault = createVault({ vaultId: VAULT_ID, content: EMPTY_CONTENT });
    expect(vaultToJson(vault)).toEqual(empty);
    expect(parseVault(empty)).toEqual(vault);
  });

  it('refuses more records than anyone would read', async () => {
    const clearing = (index: number) => ({
      conversationUrn: `urn:${index}`,
      upTo: AT,
      deletedAt: AT,
      stamp: message.stamp as never,
    });
    const cleared = Array.from({ length: MAX_VAULT_RECORDS + 1 }, (_, index) => clearing(index));
    const content = { ...EMPTY_CONTENT, cleared };
    expect(await codeThrownBy(() => createVault({ vaultId: VAULT_ID, content }))).toBe('too-large');
  });
});
