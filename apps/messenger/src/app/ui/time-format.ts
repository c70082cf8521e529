const DAY_MS = 24 * 60 * 60 * 1000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const shortDate = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
});
const longDate = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const mediumDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' });
const monthName = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const count = new Intl.NumberFormat();
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

/** `14:05`. */
export const formatClock = (instant: string): string => clock.format(new Date(instant));
/** `Monday, 2 May 2016 at 14:05`, for tooltips and screen readers. */
export const formatFull = (instant: string): string => full.format(new Date(instant));
/** `1,234`. */
export const formatCount = (value: number): string => count.format(value);
/** `Sep 2016` for `2016-09`. */
export const formatMonth = (month: string): string => monthName.format(new Date(`${month}-01`));

/** Number of the local day of an instant; equal for two instants of one day. */
export function localDay(instant: string): number {
  const date = new Date(instant);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}

/** For a line of the list: the time of today, the weekday of this week, else the date. */
export function formatActivity(instant: string, now: Date): string {
  const days = localDay(now.toISOString()) - localDay(instant);
  const date = new Date(instant);
  if (days <= 0) return clock.format(date);
  if (days < 7) return weekday.format(date);
  return (date.getFullYear() === now.getFullYear() ? dayAndMonth : shortDate).format(date);
}

/** For a separator in a thread: `Today`, `Yesterday`, else the long date. */
export function formatDay(instant: string, now: Date): string {
  const days = localDay(now.toISOString()) - localDay(instant);
  if (days === 0 || days === 1) {
    const text = relative.format(-days, 'day');
    return text.charAt(0).toLocaleUpperCase() + text.slice(1);
  }
  return longDate.format(new Date(instant));
}

/** `just now`, `5 minutes ago`, then the date and time. */
export function formatAgo(date: Date, now: Date): string {
  const seconds = Math.round((now.getTime() - date.getTime()) / 1000);
  if (seconds < 45) return 'just now';
  if (seconds < 3_600) return relative.format(-Math.max(1, Math.round(seconds / 60)), 'minute');
  if (seconds < 86_400) return relative.format(-Math.round(seconds / 3_600), 'hour');
  return full.format(date);
}

/** `today`, `3 days ago`, `5 weeks ago`, `4 months ago`. */
export function formatLongAgo(date: Date, now: Date): string {
  const days = Math.max(0, localDay(now.toISOString()) - localDay(date.toISOString()));
  if (days < 14) return relative.format(-days, 'day');
  return days < 60
    ? relative.format(-Math.floor(days / 7), 'week')
    : relative.format(-Math.floor(days / 30), 'month');
}

/** `2 May 2016`. */
export const formatDate = (date: Date): string => mediumDate.format(date);

/** `0 B`, `12 KB`, `3.4 MB`; 1 KB is 1,000 bytes. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit] ?? 'B'}`;
}

/** `42 s`, `1:05 min`, `2:00 h`, rounded up; for a wait that is counted down. */
export function formatWait(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const [large, small, unit] =
    seconds < 3_600
      ? [Math.floor(seconds / 60), seconds % 60, 'min']
      : [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), 'h'];
  return `${large}:${String(small).padStart(2, '0')} ${unit}`;
}
