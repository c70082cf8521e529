import { FormatError } from '../errors/format-error.js';

/** The code of the `FormatError` that the call throws, `none` when it returns; any other error is thrown on. */
export async function codeThrownBy(call: () => unknown): Promise<string> {
  try {
    await call();
    return 'none';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

/** `details.field` of the `FormatError` that the call throws. */
export function fieldRefusedBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (error instanceof FormatError && error.code === 'malformed') return error.details['field'];
    throw error;
  }
  return 'none';
}
