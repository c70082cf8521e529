import { type RowContext, type RowWork } from '@chat-vault/chat-storage';

/** Lets a connection write only while it is the one that this browser wants. */
export interface Fence {
  /** The rows that `guard` looks at. */
  readonly reads: NonNullable<RowWork['reads']>;
  /** Throws within the transaction when another connection has come since. */
  readonly guard: (context: RowContext) => void;
}

/** A fence that lets everything through: for a connection that shares the storage with no other. */
export const OPEN_FENCE: Fence = { reads: [], guard: () => undefined };
