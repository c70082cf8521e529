import { abortedError } from '../port/abort.js';

/** What the call gives, or `aborted` as soon as the caller no longer wants it; file systems themselves cannot be told to stop. */
export const untilAborted = async <Result>(
  call: Promise<Result>,
  signal: AbortSignal | undefined,
  task: string,
): Promise<Result> => {
  if (!signal) return call;
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortedError(signal, task));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([call, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};
