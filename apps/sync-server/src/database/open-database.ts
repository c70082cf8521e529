import { type Db } from './tables.ts';

/** A connection for notices between instances. */
export interface Listening {
  /** Tells the others that there is something new; any number of calls while one is under way are one more. */
  notify(): void;
  stop(): Promise<void>;
}

/** An open database, whichever it is. */
export interface Database {
  readonly kind: 'postgres' | 'pglite';
  readonly db: Db;
  /** Connections in use and people waiting for one, for the metrics. */
  pool(): { readonly open: number; readonly idle: number; readonly waiting: number };
  /**
   * Calls `onNotice` for each notice of another instance, and also whenever some may have been missed. Resolves when it
   * listens.
   */
  listen(onNotice: () => void): Promise<Listening>;
  close(): Promise<void>;
}
