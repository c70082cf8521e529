import { type RowChange } from '@chat-vault/chat-storage';
import { HybridClock, type Stamp, stampMs } from '@chat-vault/core';
import { MAX_DRIFT_MS } from '../protocol/limits.js';
import { type Operation } from '../protocol/operations.js';
import { type LiveStore } from './live-store.js';

const LAST = 'server-stamp';

/** The row that `ServerClock` reads. */
export const serverStampRow = ({ tables }: LiveStore) => ({ table: tables.state, id: LAST });

/**
 * Makes stamps of this device by the server's time, for operations whose own stamp is of a clock that is far ahead: the storage never goes
 * back behind a stamp that it has seen. Each is greater than those made before.
 */
export class ServerClock {
  readonly #row: { readonly table: string; readonly id: string };
  readonly #clock: HybridClock;

  /** `last` is the value of the row; `serverMs` the server's time, Unix milliseconds. */
  constructor(store: LiveStore, last: unknown, serverMs: number) {
    this.#row = serverStampRow(store);
    const { deviceId } = store.storage;
    const isTaken = last !== undefined && stampMs(last as Stamp) <= serverMs + MAX_DRIFT_MS;
    const before = isTaken ? { last: last as Stamp } : {};
    this.#clock = new HybridClock({ deviceId, now: () => serverMs, ...before });
  }

  stamp(): Stamp {
    return this.#clock.now();
  }

  /** Keeps the last stamp. */
  change(): RowChange {
    return { ...this.#row, value: this.#clock.last };
  }
}

/**
 * The operation by the server's time, where only what nobody sees was ahead of it: the stamp, when something was deleted, how far
 * something is read. `undefined` when that is not all.
 */
export function healedOperation(
  operation: Operation,
  serverMs: number,
  stamp: () => Stamp,
): Operation | undefined {
  const isAhead = (ms: number) => ms > serverMs + MAX_DRIFT_MS;
  const at = new Date(serverMs).toISOString();
  const isStampAhead = isAhead(stampMs(operation.stamp as Stamp));
  const { action, payload } = operation;
  if (action === 'MESSAGE_DELETE' && isAhead(Date.parse(payload.deletedAt))) {
    return { ...operation, payload: { ...payload, deletedAt: at }, stamp: stamp() };
  }
  if (action === 'READ_SET' && isAhead(Date.parse(payload.upTo))) {
    return { ...operation, payload: { ...payload, upTo: at }, stamp: stamp() };
  }
  return isStampAhead ? { ...operation, stamp: stamp() } : undefined;
}
