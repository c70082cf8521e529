import { LiveError } from '../live-error.js';

/** The body of an answer. @throws LiveError `network` when it was cut off, `protocol` when it is no JSON */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) {
      throw new LiveError('network', 'live-sync: the answer was cut off', { cause });
    }
    throw new LiveError('protocol', 'live-sync: the answer is not of a sync server', { cause });
  }
}
