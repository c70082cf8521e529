import { describe, expect, it } from 'vitest';
import { type Entity } from '@chat-vault/entity-sync';
import { lenientEntity } from './lenient-entity';

describe('lenientEntity', () => {
  it('leaves what it knows, and what a newer version may know, as it is', () => {
    const contact = {
      id: 'Contact.1',
      senderId: 'Ann',
      name: 'A',
      colour: 'red',
      note: '',
      more: 1,
    };
    expect(lenientEntity('Contact', contact)).toEqual(contact);
    const plain: Entity = { ...contact, ...{ colour: null } };
    expect(lenientEntity('Contact', plain)).toMatchObject({ colour: null });
  });

  it('puts the default where something else or nothing stands', () => {
    const stored: object = {
      conversationUrn: 'urn:a',
      title: 5,
      isPinned: 'yes',
      labels: ['a', 7],
    };
    expect(lenientEntity('ConversationSettings', stored as Entity)).toEqual({
      conversationUrn: 'urn:a',
      title: '',
      isPinned: false,
      isMuted: false,
      isArchived: false,
      labels: ['a'],
    });
    const labels: object = { conversationUrn: 'urn:a', labels: 'Home' };
    expect(lenientEntity('ConversationSettings', labels as Entity)).toMatchObject({ labels: [] });
    const colour: object = { senderId: 'Ann', colour: 9 };
    expect(lenientEntity('Contact', colour as Entity)).toMatchObject({ name: '', colour: null });
    const times: object = { conversationUrn: 'urn:a', text: 'x', updatedAt: 'never' };
    expect(lenientEntity('Draft', times as Entity)).toEqual({
      conversationUrn: 'urn:a',
      text: 'x',
    });
    const noTime = { conversationUrn: 'urn:a', text: 'x', updatedAt: new Date(Number.NaN) };
    expect(lenientEntity('Draft', noTime)).toEqual({ conversationUrn: 'urn:a', text: 'x' });
  });

  it('is nothing for an entity that does not say what it is about', () => {
    expect(lenientEntity('Draft', { id: 'Draft.1' })).toBeNull();
    expect(lenientEntity('Contact', { senderId: 3 } as Entity)).toBeNull();
  });
});
