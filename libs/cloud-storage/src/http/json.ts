/** The JSON of an answer; `undefined` when it is none, as proxies answer with pages of their own. */
export const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // What is not JSON has no fields; the status of the answer says the rest.
    return undefined;
  }
};

/** The fields of what may be an object; none when it is not. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** A whole number from 0 up; `undefined` for everything else. */
export const parseCount = (value: unknown): number | undefined =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;

/** A time as ISO-8601 UTC with milliseconds; `undefined` for what is none. */
export const parseTime = (value: unknown): string | undefined => {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
};
