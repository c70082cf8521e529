import { inject } from '@angular/core';
import { type ChatSyncFeature } from '@chat-vault/chat-sync';
import { type EntitiesOptions, withEntities } from '@chat-vault/chat-sync/entities';
import { type Entity, type IEntityKeyStrategy } from '@chat-vault/entity-sync';
import { type ColourName } from '../contacts/contact-colours';
import { DeviceProfile } from '../device/device-profile';

/** What the person says of somebody who writes: one for each sender id. */
export interface Contact extends Entity {
  senderId: string;
  /** Shown instead of the sender's own name; `''`: that is shown. */
  name: string;
  /** `null`: a colour made of the sender's own name. */
  colour: ColourName | null;
  note: string;
}

/** How the person wants a conversation: one for each URN. */
export interface ConversationSettings extends Entity {
  conversationUrn: string;
  /** Shown instead of the name in the URN; `''`: that is shown. */
  title: string;
  isPinned: boolean;
  isMuted: boolean;
  isArchived: boolean;
  /** Each once, in the order in which they were given. */
  labels: string[];
}

/** What was begun and not sent: one for each URN. */
export interface Draft extends Entity {
  conversationUrn: string;
  text: string;
}

/** The entities of the messenger by name. */
export interface EntityTypes {
  Contact: Contact;
  ConversationSettings: ConversationSettings;
  Draft: Draft;
}

/** The field of an entity that says what it is about: there is one entity for each of its values. */
export const SUBJECT_FIELDS = {
  Contact: 'senderId',
  ConversationSettings: 'conversationUrn',
  Draft: 'conversationUrn',
} as const satisfies { readonly [Name in keyof EntityTypes]: keyof EntityTypes[Name] };

/**
 * Each name is a key of its own, so what is typed writes nothing but drafts: the rule of `EntityKeyNameStrategy`, said here because that
 * class would bring the whole engine into the start of the application. Ids are those of `entityId`.
 */
export const STRATEGY: IEntityKeyStrategy = {
  separator: '.',
  identifierLength: 12,
  getKey: (prefix, entityName) => `${prefix}.${entityName}`,
  entityKeyFilter: () => undefined,
};

/** Contacts, settings of conversations and drafts, on this device and in the connected clouds; tests keep them elsewhere. */
export const withMessengerEntities = (
  options: Pick<EntitiesOptions, 'local'> = {},
): ChatSyncFeature =>
  withEntities({
    strategy: STRATEGY,
    name: () => `${inject(DeviceProfile).databaseName}-entities`,
    ...options,
  });
