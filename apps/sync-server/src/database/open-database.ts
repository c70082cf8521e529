import { type Db } from './tables.ts';

/** An open database, whichever it is. */
export interface Database {
  readonly kind: 'postgres' | 'pglite';
  readonly db: Db;
  /** Connections in use and people waiting for one, for the metrics. */
  pool(): { readonly open: number; readonly idle: number; readonly waiting: number };
  /**
   * Calls `onNotice` for each notice, and also whenever some may have been missed, until the returned function is called.
   * Resolves when it listens.
   */
  listen(channel: string, onNotice: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
