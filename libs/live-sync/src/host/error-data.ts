import { LiveError, type LiveErrorCode } from '../live-error.js';

/** An error in a form that can be cloned. */
export function errorToData(error: LiveError | null): unknown {
  if (!error) return null;
  const { code, message, details } = error;
  return { code, message, details: JSON.parse(JSON.stringify(details)) as unknown };
}

/** The error again, or `null` for none. */
export function dataToError(data: unknown): LiveError | null {
  const { code, message, details } = (data ?? {}) as Record<string, unknown>;
  if (typeof code !== 'string' || typeof message !== 'string') return null;
  return new LiveError(code as LiveErrorCode, message, {
    details: (details ?? {}) as Readonly<Record<string, unknown>>,
  });
}
