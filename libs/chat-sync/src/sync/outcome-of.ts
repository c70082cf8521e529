import { toChatVaultError, wasAborted } from './chat-sync-error';
import { type Failure, type Outcome } from './results';

/** A failure as a value. */
export const failure = (thrown: unknown): Failure => ({
  ok: false,
  error: toChatVaultError(thrown),
});

/** The work's end as a value; an abort is `aborted`, whatever the reason. */
export async function outcomeOf<Report>(
  work: Promise<Report>,
  signal?: AbortSignal,
): Promise<Outcome<Report>> {
  try {
    return { ok: true, report: await work };
  } catch (thrown) {
    return signal?.aborted ? failure(wasAborted(signal)) : failure(thrown);
  }
}
