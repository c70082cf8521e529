const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Whether the text is an ISO-8601 UTC instant with milliseconds, `2024-01-31T10:15:30.123Z`, of a day and time that exist.
 * Checked by hand: it runs twice for each record that is read, and no regular expression knows the days of a month.
 */
export function isInstant(text: string): boolean {
  return (
    text.length === 24 &&
    text[4] === '-' &&
    text[7] === '-' &&
    text[10] === 'T' &&
    text[13] === ':' &&
    text[16] === ':' &&
    text[19] === '.' &&
    text[23] === 'Z' &&
    isDay(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)) &&
    isBelow(digits(text, 11, 13), 24) &&
    isBelow(digits(text, 14, 16), 60) &&
    isBelow(digits(text, 17, 19), 60) &&
    digits(text, 20, 23) >= 0
  );
}

/** Whether the text is a UTC month, `2024-01`. */
export function isMonth(text: string): boolean {
  return text.length === 7 && text[4] === '-' && isDay(digits(text, 0, 4), digits(text, 5, 7), 1);
}

/** The number that the digits make, -1 when one is not a digit. */
function digits(text: string, start: number, end: number): number {
  let number = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 0 || month < 1 || month > 12 || day < 1) return false;
  const isLeapDay = month === 2 && day === 29;
  if (!isLeapDay) return day <= (DAYS[month - 1] ?? 0);
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

const isBelow = (number: number, limit: number): boolean => number >= 0 && number < limit;
