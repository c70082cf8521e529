import { type Operation } from '../protocol/operations.js';

/** The first operations that fit into one body, and that body; without a body when the first alone does not. */
export interface Batch {
  readonly operations: readonly Operation[];
  readonly body?: string;
}

const OPEN = '{"operations":[';
const CLOSE = ']}';

/** Takes as many of the oldest operations as make a body of at most `maxBytes` of UTF-8. */
export function takeBatch(queue: readonly Operation[], maxBytes: number): Batch {
  const encoder = new TextEncoder();
  const parts: string[] = [];
  let bytes = OPEN.length + CLOSE.length;
  for (const operation of queue) {
    const json = JSON.stringify(operation);
    bytes += encoder.encode(json).length + (parts.length > 0 ? 1 : 0);
    if (bytes > maxBytes) break;
    parts.push(json);
  }
  if (parts.length === 0) return { operations: queue.slice(0, 1) };
  return {
    operations: queue.slice(0, parts.length),
    body: `${OPEN}${parts.join(',')}${CLOSE}`,
  };
}
