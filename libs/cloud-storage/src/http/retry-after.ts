/**
 * Milliseconds that a `Retry-After` header asks for, `undefined` when there is none or it makes no sense: seconds, or a date, which is
 * compared with this device's clock (RFC 9110 section 10.2.3). A date gone by is 0.
 */
export const parseRetryAfter = (header: string | null, nowMs: number): number | undefined => {
  if (header === null || header.trim() === '') return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const at = /[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
};
