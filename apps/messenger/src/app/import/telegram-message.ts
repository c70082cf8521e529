import { type ChatMessage } from '@chat-vault/core';
import { textMessage } from '../messages/text-message';
import { OccurrenceCounter, stableId } from './stable-id';
import { type WallClock, isWallClock, wallClockConverter } from './wall-clock';

/** What became of one entry of a chat. */
export type TelegramEntry =
  | { readonly kind: 'message'; readonly message: ChatMessage }
  | { readonly kind: 'system' }
  | { readonly kind: 'bad'; readonly reason: string };

type Fields = Readonly<Record<string, unknown>>;

const LOCAL_TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/;

/**
 * Turns entries of `result.json` into messages; holds the counters of one import. `date_unixtime` counts when it is there, else
 * `date` is a wall-clock time of `timeZone`. Seconds get milliseconds from the number of the message, so the order stays.
 */
export class TelegramMessageMaker {
  readonly #toInstant: (wall: WallClock) => number;
  readonly #withinSecond = new OccurrenceCounter();
  readonly #equal = new OccurrenceCounter();

  constructor(timeZone: string) {
    this.#toInstant = wallClockConverter(timeZone);
  }

  /** @param json one element of a `messages` array */
  async make(json: string, conversationUrn: string): Promise<TelegramEntry> {
    const fields = parseObject(json);
    if (fields === null) return { kind: 'bad', reason: 'This entry is not a JSON object.' };
    const { type } = fields;
    if (type === 'service') return { kind: 'system' };
    if (type !== 'message')
      return { kind: 'bad', reason: '"type" is neither message nor service.' };
    const seconds = this.#seconds(fields);
    if (seconds === null) {
      return { kind: 'bad', reason: 'Neither "date_unixtime" nor "date" is a date and time.' };
    }
    const text = plainText(fields['text']);
    if (text === null)
      return { kind: 'bad', reason: '"text" is neither a text nor a list of texts.' };
    const shown = text.trim() === '' ? mediaLabel(fields) : text;
    if (shown === null) return { kind: 'system' };
    const senderId = senderOf(fields);
    const second = new Date(seconds * 1000).toISOString();
    const number = typeof fields['id'] === 'number' ? fields['id'] : null;
    const place = JSON.stringify([conversationUrn, second]);
    const step = number === null ? this.#withinSecond.next(place) : Math.abs(number) % 1000;
    const time = String(seconds);
    const identity = { conversationUrn, time, senderId, text: shown };
    const occurrence = number === null ? this.#equal.next(JSON.stringify(identity)) : 0;
    const message = textMessage({
      id: number === null ? await stableId({ ...identity, occurrence }) : `telegram-${number}`,
      conversationUrn,
      senderId,
      sentTimestamp: new Date(seconds * 1000 + Math.min(step, 999)).toISOString(),
      text: shown,
    });
    return { kind: 'message', message };
  }

  #seconds(fields: Fields): number | null {
    const unix = Number(fields['date_unixtime'] ?? NaN);
    if (Number.isInteger(unix) && unix >= 0 && unix < 253_402_300_800) return unix;
    const match = LOCAL_TIME.exec(String(fields['date']));
    if (match === null) return null;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
      .slice(1)
      .map(Number);
    const wall = { year, month, day, hour, minute, second };
    return isWallClock(wall) ? Math.floor(this.#toInstant(wall) / 1000) : null;
  }
}

function parseObject(json: string): Fields | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : null;
  } catch {
    return null; // the caller reports the line
  }
}

/** `text` is a text, or a list of texts and entities (`{ type: 'bold', text }`). */
function plainText(text: unknown): string | null {
  if (text === undefined) return '';
  const parts: readonly unknown[] = Array.isArray(text) ? text : [text];
  const plain = parts.map((part) =>
    typeof part === 'object' && part !== null ? (part as Fields)['text'] : part,
  );
  return plain.every((part) => typeof part === 'string') ? plain.join('') : null;
}

/** Exports keep media outside; what it was stands in its place. `null` when there was nothing to see. */
function mediaLabel(fields: Fields): string | null {
  const { media_type: media, sticker_emoji: emoji } = fields;
  if (typeof media === 'string') {
    return `[${media.replaceAll('_', ' ')}${typeof emoji === 'string' ? ` ${emoji}` : ''}]`;
  }
  const kinds = {
    photo: 'photo',
    location_information: 'location',
    contact_information: 'contact',
  };
  for (const [field, label] of Object.entries({ ...kinds, poll: 'poll', file: 'file' })) {
    if (fields[field] !== undefined) return `[${label}]`;
  }
  return null;
}

/** The name, else the id (a number in old exports, `user123` in newer ones) of an account that is gone. */
function senderOf(fields: Fields): string {
  const { from, from_id: id } = fields;
  if (typeof from === 'string' && from.trim() !== '') return from.trim();
  return typeof id === 'string' || typeof id === 'number' ? String(id) : 'Deleted account';
}
