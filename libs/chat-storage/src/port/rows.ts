import { type Stamp, type VaultContent } from '@chat-vault/core';

/** A row that somebody keeps beside the records; the ids of a table are ordered as strings. */
export interface Row {
  /** Whose rows they are, such as `live.outbox`. */
  readonly table: string;
  readonly id: string;
  /** Anything that can be cloned. */
  readonly value: unknown;
}

/** A new value for a row; `undefined` removes it. */
export interface RowChange {
  readonly table: string;
  readonly id: string;
  readonly value: unknown;
}

/** What a `RowWork` sees inside of the transaction. */
export interface RowContext {
  /** A row that `reads` names, as it is now; `undefined` when there is none. */
  row(table: string, id: string): unknown;
  /**
   * What this call writes, in the order in which it was given: of a person's own write what says something new, with its
   * stamps; of a merge all that is merged, whether it wins or not. Not to be changed.
   */
  readonly written: VaultContent;
  /** A new stamp of this device, greater than all that it made or followed. */
  stamp(): Stamp;
  /** Makes later stamps greater than this one, unless it is from the year 2100 on. */
  observe(stamp: Stamp): void;
}

/** Rows to be written in the transaction of a call. */
export interface RowWork {
  /** The rows that `change` looks at. */
  readonly reads?: readonly { readonly table: string; readonly id: string }[];
  /**
   * Says what is to be written. It waits for nothing, and may run again when a transaction is repeated. When it throws, nothing of the call
   * is written, and the call rejects with what it threw.
   */
  readonly change: (context: RowContext) => readonly RowChange[];
}
