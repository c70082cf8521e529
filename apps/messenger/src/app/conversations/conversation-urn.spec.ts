import { describe, expect, it } from 'vitest';
import { conversationName, conversationUrn, telegramConversationUrn } from './conversation-urn';

describe('conversationUrn', () => {
  it('is the same for names that look the same', () => {
    expect(conversationUrn('own', '  Cafe\u0301  club ')).toBe('urn:chat:own:Caf\u00e9 club');
  });
});

describe('conversationName', () => {
  it.each([
    ['urn:chat:room:FreeCodeCamp/Wiki', 'Wiki', 'FreeCodeCamp'],
    ['urn:chat:room:Lobby', 'Lobby', ''],
    ['urn:chat:room:a/b/c', 'b/c', 'a'],
    ['urn:chat:own:Ann: about / work', 'Ann: about / work', ''],
    ['urn:chat:whatsapp:Ann, Bob', 'Ann, Bob', 'WhatsApp'],
    [telegramConversationUrn('-77', 'Club'), 'Club', 'Telegram'],
    [telegramConversationUrn('', 'Club'), 'Club', 'Telegram'],
    ['urn:chat:live:0190a8a0-0000-7000-8000-000000000001:Ann, Bob', 'Ann, Bob', 'Live'],
    ['urn:other:x', 'urn:other:x', ''],
  ])('reads %s', (urn, title, place) => expect(conversationName(urn)).toEqual({ title, place }));
});
