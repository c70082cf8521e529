import { type Entity } from '@chat-vault/entity-sync';
import { type EntityTypes, SUBJECT_FIELDS } from './entity-types';

/** What counts where an entity says nothing, or something of another type. */
const DEFAULTS: { readonly [Name in keyof EntityTypes]: Readonly<EntityTypes[Name]> } = {
  Contact: { senderId: '', name: '', colour: null, note: '' },
  ConversationSettings: {
    conversationUrn: '',
    title: '',
    isPinned: false,
    isMuted: false,
    isArchived: false,
    labels: [],
  },
  Draft: { conversationUrn: '', text: '' },
};

/**
 * An entity as whoever wrote it into the cloud left it: what is not of the right type is as if it were not there, and what a newer
 * version may know stays. `null` when it does not say what it is about.
 */
export function lenientEntity<Name extends keyof EntityTypes>(
  name: Name,
  stored: Entity,
): EntityTypes[Name] | null {
  const fields = stored as Readonly<Record<string, unknown>>;
  if (typeof fields[SUBJECT_FIELDS[name]] !== 'string') return null;
  const entity: Record<string, unknown> = { ...fields };
  for (const [field, byDefault] of Object.entries(DEFAULTS[name]))
    entity[field] = fieldOf(fields[field], byDefault);
  const { updatedAt } = entity;
  const isTime = updatedAt instanceof Date && !Number.isNaN(updatedAt.getTime());
  if (!isTime) delete entity['updatedAt'];
  return entity as unknown as EntityTypes[Name];
}

function fieldOf(value: unknown, byDefault: unknown): unknown {
  if (byDefault === null) return typeof value === 'string' ? value : null;
  if (!Array.isArray(byDefault)) return typeof value === typeof byDefault ? value : byDefault;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : byDefault;
}
