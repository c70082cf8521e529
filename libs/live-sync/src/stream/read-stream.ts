import { createParser } from 'eventsource-parser';
import { unlessAborted } from '../client/with-deadline.js';
import { LiveError } from '../live-error.js';
import { type Change } from '../protocol/changes.js';
import { type LiveEvent } from '../protocol/live-events.js';
import { parseLiveEvent } from '../protocol/parse.js';

/** No data for so long means that the connection is dead, milliseconds. */
export const SILENCE_MS = 30_000;

/** A page holds 1 MiB of payloads and one more change, each letter of which may take six in JSON. UTF-16 units. */
const MAX_EVENT_LENGTH = 32 * 1024 * 1024;

/** Changes that are committed at once, at least one chunk. */
const CHANGES_AT_ONCE = 1_000;

/** An event with the cursor after it. */
export type StreamEvent = LiveEvent & { readonly cursor?: string };

/**
 * Reads the events of a stream to its end, and waits for `onEvent` before it goes on. Neighbouring chunks that came together are given as one.
 * @throws LiveError `timeout` after 30 s without data, `stream-broken` when the connection breaks, `protocol`
 */
export async function readStream(
  body: ReadableStream<Uint8Array>,
  options: {
    readonly after: (ms: number, run: () => void) => () => void;
    readonly signal: AbortSignal;
    readonly onEvent: (event: StreamEvent) => Promise<void>;
  },
): Promise<void> {
  const { after, signal, onEvent } = options;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let events: StreamEvent[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onError: (cause) => {
      if (cause.type !== 'max-buffer-size-exceeded') return;
      throw new LiveError('protocol', 'live-sync: an event of the stream is too long', { cause });
    },
    onEvent: ({ event = 'message', data, id }) => {
      const known = parseLiveEvent(event, data);
      if (known) events.push({ ...known, ...(id !== undefined && { cursor: id }) });
    },
  });
  try {
    for (;;) {
      const bytes = await readWithin(reader, after, signal);
      if (bytes === undefined) return;
      parser.feed(decoder.decode(bytes, { stream: true }));
      const came = joinChunks(events);
      events = [];
      for (const event of came) {
        await onEvent(event);
        signal.throwIfAborted();
      }
    }
  } finally {
    // What is still to come is of no use; a stream that broke has nothing to cancel.
    reader.cancel().catch(() => undefined);
  }
}

/** The next bytes; `undefined` at the end. */
async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  after: (ms: number, run: () => void) => () => void,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const silence = new AbortController();
  const stop = () => silence.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener('abort', stop);
  const cancel = after(SILENCE_MS, () =>
    silence.abort(new LiveError('timeout', 'live-sync: the stream was silent for 30 s')),
  );
  try {
    const { done, value } = await unlessAborted(silence.signal, reader.read());
    return done ? undefined : value;
  } catch (cause) {
    silence.signal.throwIfAborted();
    throw new LiveError('stream-broken', 'live-sync: the connection broke', { cause });
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

/** Fewer transactions for the same: neighbouring chunks become one, with the cursor after the last. */
function joinChunks(events: readonly StreamEvent[]): readonly StreamEvent[] {
  const joined: StreamEvent[] = [];
  for (const event of events) {
    const last = joined.at(-1);
    const changes = joinedChanges(last, event);
    if (changes) {
      const { cursor } = event;
      joined[joined.length - 1] = {
        event: 'changes',
        data: { changes },
        ...(cursor !== undefined && { cursor }),
      };
    } else joined.push(event);
  }
  return joined;
}

function joinedChanges(last: StreamEvent | undefined, next: StreamEvent): Change[] | undefined {
  if (last?.event !== 'changes' || next.event !== 'changes') return undefined;
  const changes = [...last.data.changes, ...next.data.changes];
  return changes.length <= CHANGES_AT_ONCE ? changes : undefined;
}
