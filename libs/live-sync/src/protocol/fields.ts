import { parseStamp } from '@chat-vault/core';
import { isInstant } from '@chat-vault/core/records';
import * as v from 'valibot';
import { MAX_TEXT_LENGTH } from './limits.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** PostgreSQL knows no year 0. */
const INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const STAMP = /^[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{16}$/;

/** A text of 1 to 512 UTF-16 units, where core's own parser looks at its letters. */
export const boundedTextSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TEXT_LENGTH));

/** A text of 1 to 512 UTF-16 units: an id of a person, a URN, a type, an emoji. */
export const textSchema = v.pipe(
  boundedTextSchema,
  v.check((text) => isStorable(text), 'a text without U+0000 and lone surrogates'),
);

/** A lower-case UUID. */
export const uuidSchema = v.pipe(v.string(), v.regex(UUID));

/** An ISO-8601 UTC instant with milliseconds, where core's own parser looks whether it exists. */
export const instantFormSchema = v.pipe(v.string(), v.regex(INSTANT));

/** An ISO-8601 UTC instant with milliseconds, of a day and time that exist, from the year 1 on. */
export const instantSchema = v.pipe(
  instantFormSchema,
  v.check((text) => isInstant(text), 'an instant that exists'),
);

/** A stamp of the hybrid clock (docs/vault-format.md, "Stamp"). */
export const stampSchema = v.pipe(
  v.string(),
  v.regex(STAMP),
  v.check((text) => isStamp(text), 'a stamp before the year 2201'),
);

/** Unix milliseconds. */
export const millisecondsSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

function isStamp(text: string): boolean {
  try {
    parseStamp(text);
    return true;
  } catch {
    return false; // core says no, which is the answer
  }
}

/** PostgreSQL cannot hold U+0000, nor UTF-8 half of a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes('\u0000') && !/\p{Cs}/u.test(text);
