import { peopleOfUrn } from '../live/live-urn';

/** Where a conversation came from: typed here, or read from an export. */
export type ConversationSource = 'own' | 'room' | 'whatsapp' | 'telegram';

/** What a screen shows of a conversation. */
export interface ConversationName {
  /** The short name, for example `Wiki`. */
  readonly title: string;
  /** The place it belongs to, for example `FreeCodeCamp`; `''` when it has none. */
  readonly place: string;
}

const PREFIX = 'urn:chat:';

/**
 * The URN of a conversation: `urn:chat:<source>:<name>`. It is a function of the name alone, so the same export imported on
 * two devices, or a conversation started on both, is one conversation.
 */
export function conversationUrn(source: ConversationSource, name: string): string {
  return `${PREFIX}${source}:${name.normalize('NFC').trim().replace(/\s+/g, ' ')}`;
}

/** The URN of a Telegram chat: its numeric id keeps two chats of one name apart. */
export function telegramConversationUrn(id: string, name: string): string {
  return conversationUrn('telegram', id === '' ? name : `${id}:${name}`);
}

/** What to show for a URN; one of another app is shown as it is. */
export function conversationName(urn: string): ConversationName {
  const people = peopleOfUrn(urn);
  if (people !== null) return { title: people, place: 'Live' };
  const match = /^urn:chat:(own|room|whatsapp|telegram):(.*)$/s.exec(urn);
  if (match === null) return { title: urn, place: '' };
  const [, source, rest = ''] = match;
  if (source === 'telegram') return { title: rest.replace(/^-?\d+:/, ''), place: 'Telegram' };
  if (source === 'whatsapp') return { title: rest, place: 'WhatsApp' };
  const slash = source === 'room' ? rest.indexOf('/') : -1;
  if (slash <= 0 || slash === rest.length - 1) return { title: rest, place: '' };
  return { title: rest.slice(slash + 1), place: rest.slice(0, slash) };
}
