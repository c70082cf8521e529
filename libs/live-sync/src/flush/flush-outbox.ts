import { type LiveEnvironment } from '../client/live-environment.js';
import { type LiveRequests } from '../client/live-requests.js';
import { readJson } from '../client/read-json.js';
import { withDeadline } from '../client/with-deadline.js';
import { LiveError } from '../live-error.js';
import { MAX_BODY_BYTES, MAX_OPERATIONS } from '../protocol/limits.js';
import { type Operation } from '../protocol/operations.js';
import { parseFlushAnswer } from '../protocol/parse.js';
import { type LiveStore } from '../store/live-store.js';
import { settle, type Settlement } from '../store/settle.js';
import { type LateMessage, renewLate } from './retry-operation.js';
import { takeBatch } from './take-batch.js';

/** How long an answer to a batch may take, milliseconds. */
const FLUSH_MS = 60_000;

/** What a flush needs; `batch` is remembered from one to the next. */
export interface FlushOptions {
  readonly store: LiveStore;
  readonly requests: LiveRequests;
  readonly environment: Pick<LiveEnvironment, 'after' | 'newId'>;
  readonly batch: BatchLimit;
  readonly signal: AbortSignal;
  /** Called after each batch that was answered. */
  readonly onSettled: () => void;
}

/** Most operations of the next batch: fewer after one was too large or took too long, then more again. */
export class BatchLimit {
  operations = MAX_OPERATIONS;

  halve(sent: number): void {
    this.operations = Math.max(1, Math.floor(sent / 2));
  }

  double(): void {
    this.operations = Math.min(MAX_OPERATIONS, this.operations * 2);
  }
}

/**
 * Sends what is in the outbox, in order, until it is empty. An operation leaves it only with an answer of its own; when a
 * request fails, all of its batch stays. Messages that were written too long ago are sent as new ones of now, once.
 * @throws LiveError
 */
export async function flushOutbox(options: FlushOptions): Promise<void> {
  const { store, batch, signal, onSettled, environment } = options;
  const resent = new Set<string>();
  for (;;) {
    signal.throwIfAborted();
    const { operations, body } = takeBatch(await store.outbox(batch.operations), MAX_BODY_BYTES);
    const [first] = operations;
    if (first === undefined) return;
    const results =
      body === undefined ? [tooBig(first)] : await sendBatch(options, operations, body);
    if (results === undefined) continue;
    const ids = new Set(operations.map(({ opId }) => opId));
    if (!results.some(({ opId }) => ids.has(opId))) {
      throw new LiveError('protocol', 'live-sync: the server answered for no operation of a batch');
    }
    const late = lateMessages(operations, results, resent);
    await settle(
      store,
      operations.filter(({ opId }) => !late.some(({ operation }) => operation.opId === opId)),
      results,
    );
    if (late.length > 0) {
      const renewed = await renewLate(store, late, environment.newId, signal);
      for (const id of renewed) resent.add(id);
    }
    onSettled();
  }
}

/** The refused messages that are off the server's time, but for those that were made of its time just now. */
function lateMessages(
  operations: readonly Operation[],
  results: readonly Settlement[],
  renewed: ReadonlySet<string>,
): readonly LateMessage[] {
  const times = new Map(
    results.flatMap((result) =>
      result.status === 'rejected' && result.reason === 'clock-drift' && result.serverTime
        ? [[result.opId, Date.parse(result.serverTime)] as const]
        : [],
    ),
  );
  return operations.flatMap((operation) => {
    const serverMs = times.get(operation.opId);
    const isLate = operation.action === 'MESSAGE_SEND' && !renewed.has(operation.payload.id);
    return isLate && serverMs !== undefined ? [{ operation, serverMs }] : [];
  });
}

/** The results of a batch; `undefined` when a smaller one is to be sent. */
async function sendBatch(
  { requests, environment, batch, signal }: FlushOptions,
  operations: readonly Operation[],
  body: string,
): Promise<readonly Settlement[] | undefined> {
  const [first] = operations as readonly [Operation];
  try {
    const answer = await withDeadline(FLUSH_MS, environment.after, signal, async (deadline) => {
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body, signal: deadline };
      const response = await requests.send('/api/sync', init);
      return readJson(response);
    });
    const { results } = parseFlushAnswer(answer);
    batch.double();
    return results;
  } catch (error) {
    const code = error instanceof LiveError ? error.code : undefined;
    if (code === 'timeout') batch.halve(operations.length);
    // One of them may be what the server cannot read as a batch, so they are sent apart.
    if (code !== 'body-too-large' && !isRefusedAsBatch(error)) throw error;
    if (operations.length > 1) {
      batch.halve(operations.length);
      return undefined;
    }
    return [code === 'malformed' ? malformed(first) : tooBig(first)];
  }
}

const isRefusedAsBatch = (error: unknown): boolean =>
  error instanceof LiveError &&
  error.code === 'malformed' &&
  // Only the server itself names a request; a proxy that answers 400 says nothing about an operation.
  error.details['requestId'] !== undefined;

const tooBig = ({ opId }: Operation): Settlement => ({
  opId,
  status: 'rejected',
  reason: 'too-big',
  detail: 'The operation is larger than one request may be.',
});

const malformed = ({ opId }: Operation): Settlement => ({
  opId,
  status: 'rejected',
  reason: 'malformed',
  detail: 'The server cannot read the operation.',
});
