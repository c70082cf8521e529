import { ChatSyncError } from './chat-sync-error';

/**
 * The month of the vault, in UTC as message times are: of an instant, or of a text that begins with a year and a month (`2024-01`,
 * `2024-01-31`, an ISO-8601 instant in UTC).
 *
 * @throws ChatSyncError `invalid-date`
 */
export function monthOfDate(date: string | Date): string {
  const text = typeof date === 'string' ? date : isValid(date) ? date.toISOString() : '';
  const month = /^(\d{4}-(?:0[1-9]|1[0-2]))(?:$|-\d\d)/.exec(text)?.[1];
  if (month === undefined) {
    throw new ChatSyncError(
      'invalid-date',
      `chat-sync: "${String(date)}" is not a date; give a Date, or a text like 2024-01 or 2024-01-31`,
    );
  }
  return month;
}

const isValid = (date: Date): boolean => !Number.isNaN(date.getTime());
