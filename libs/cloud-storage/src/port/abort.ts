import { CloudError } from './cloud-error.js';

/** What a call gives when its caller no longer wants it; `cause` is the signal's reason. */
export const abortedError = (signal: AbortSignal, task: string): CloudError =>
  new CloudError('aborted', `cloud-storage: ${task} was aborted by its caller`, {
    cause: signal.reason,
  });

/**
 * Ends a call whose caller no longer wants it.
 *
 * @throws CloudError `aborted`
 */
export const throwIfAborted = (signal: AbortSignal | undefined, task: string): void => {
  if (signal?.aborted) throw abortedError(signal, task);
};
