import { type DateOrder, type WhatsAppLayout } from './import-types';
import { type WallClock, isWallClock } from './wall-clock';

/** A line that starts with a date and time, taken apart. */
export interface WhatsAppHeader {
  /** Bracketed (iOS) or dashed (Android), separator and digits of the year: lines of one export agree in it. */
  readonly shape: string;
  /** As written, `2/11/19`. */
  readonly dateText: string;
  readonly isYearFirst: boolean;
  /** Whether only one order is ever written so: year first, or with dots. */
  readonly isOrderKnown: boolean;
  /** The three numbers of the date, as written. */
  readonly parts: readonly [number, number, number];
  readonly time: { readonly hour: number; readonly minute: number; readonly second: number | null };
  /** What follows the date and time. */
  readonly rest: string;
}

/** Invisible marks that WhatsApp puts before lines, names and its own texts. */
const MARKS = '\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff';
const MOMENT =
  '(\\d{1,4})([./-])(\\d{1,2})\\2(\\d{1,4}),?\\s+(\\d{1,2})[:.](\\d{2})(?:[:.](\\d{2}))?(?:[\\s_]*([ap])\\.?\\s?m\\.?)?';
const BRACKETED = new RegExp(`^[${MARKS}]*\\[${MOMENT}\\]\\s?(.*)$`, 'isu');
const DASHED = new RegExp(`^[${MARKS}]*${MOMENT}\\s[-\u2013]\\s(.*)$`, 'isu');
const LEADING_MARKS = new RegExp(`^[${MARKS}]+|[${MARKS}]+$`, 'gu');

/** Takes a line apart; `null` when it does not start with a date and time (it goes on with the message before). */
export function parseWhatsAppHeader(line: string): WhatsAppHeader | null {
  const bracketed = BRACKETED.exec(line);
  const match = bracketed ?? DASHED.exec(line);
  if (match === null) return null;
  const [
    ,
    a = '',
    separator = '',
    b = '',
    c = '',
    hour = '',
    minute = '',
    second,
    half,
    rest = '',
  ] = match;
  const isYearFirst = a.length === 4;
  if (!isYearFirst && (a.length > 2 || (c.length !== 2 && c.length !== 4))) return null;
  const yearDigits = isYearFirst ? a.length : c.length;
  return {
    shape: `${bracketed ? '[' : '-'}${separator}${isYearFirst ? 'first' : ''}${yearDigits}`,
    dateText: [a, b, c].join(separator),
    isYearFirst,
    isOrderKnown: isYearFirst || separator === '.',
    parts: [Number(a), Number(b), Number(c)],
    time: {
      hour: hourOfDay(Number(hour), half),
      minute: Number(minute),
      second: second === undefined ? null : Number(second),
    },
    rest,
  };
}

/** The date and time of a header in one order; `null` when there is no such day or time. */
export function headerTime(header: WhatsAppHeader, order: DateOrder): WallClock | null {
  const [a, b, c] = header.parts;
  const isDayFirst = header.isOrderKnown || order === 'day-first';
  const [year, month, day] = header.isYearFirst ? [a, b, c] : isDayFirst ? [c, b, a] : [c, a, b];
  const wall = { year: year < 100 ? 2000 + year : year, month, day, ...header.time };
  return isWallClock(wall) ? wall : null;
}

/** Whether a header starts a message of this export, and is not one that somebody pasted. */
export function isOfLayout(header: WhatsAppHeader, layout: WhatsAppLayout): boolean {
  return layout.shape === null || layout.shape === header.shape;
}

/**
 * Who wrote it and what; `null` for an entry of WhatsApp itself (joins, changed subjects, the encryption notice). A name ends at
 * the first colon followed by a space or the end of the line; an open quotation mark before it belongs to a changed subject.
 */
export function splitSender(
  rest: string,
): { readonly sender: string; readonly text: string } | null {
  const colon = /:(?:\s|$)/u.exec(rest);
  if (colon === null) return null;
  const sender = withoutMarks(rest.slice(0, colon.index)).replace(/^~\s*/u, '').trim();
  if (sender === '' || (sender.match(/["“”]/gu)?.length ?? 0) % 2 === 1) return null;
  const written = rest.slice(colon.index + 1).trimStart();
  const text = withoutMarks(written);
  const isNotice = text !== written && text.includes('end-to-end encrypted');
  return isNotice ? null : { sender, text };
}

function withoutMarks(text: string): string {
  return text.replace(LEADING_MARKS, '');
}

/** 0 to 23; of the 12-hour clock, also the `00:08 a. m.` that some phones write. Out of range stays so, to be refused. */
function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour > 12) return 99;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}
