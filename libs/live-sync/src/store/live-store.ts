import { type ChatStorage, type RowWork } from '@chat-vault/chat-storage';
import { type Operation } from '../protocol/operations.js';
import { type Fence } from './fence.js';
import { liveTables, type LiveTables } from './live-tables.js';

/** Where a reader of a server has got to. */
interface CursorRow {
  readonly url: string;
  readonly cursor: string;
}

const CURSOR = 'cursor';

/** What one account of live sync keeps beside the records. All that a connection writes goes through its fence. */
export class LiveStore {
  readonly storage: ChatStorage;
  readonly tables: LiveTables;
  readonly userId: string;
  /** The server, as the cursor is its own. */
  readonly url: string;
  readonly fence: Fence;
  /** Unix milliseconds. */
  readonly now: () => number;

  constructor(options: {
    readonly storage: ChatStorage;
    readonly userId: string;
    readonly url: string;
    readonly fence: Fence;
    readonly now: () => number;
  }) {
    this.storage = options.storage;
    this.userId = options.userId;
    this.url = options.url;
    this.fence = options.fence;
    this.now = options.now;
    this.tables = liveTables(options.userId);
  }

  /** The oldest operations that the server has not answered, at most so many when given. */
  async outbox(limit?: number): Promise<readonly Operation[]> {
    const range = limit === undefined ? {} : { limit };
    const rows = await this.storage.rows(this.tables.outbox, range);
    return rows.map(({ value }) => value as Operation);
  }

  /** How many operations wait, and how many were refused. */
  async counts(): Promise<{ readonly pending: number; readonly rejected: number }> {
    const [pending, rejected] = await Promise.all([
      this.storage.rowCount(this.tables.outbox),
      this.storage.rowCount(this.tables.rejected),
    ]);
    return { pending, rejected };
  }

  /** Where reading goes on; `undefined` from the beginning, also for another server than before. */
  async cursor(): Promise<string | undefined> {
    const row = (await this.storage.row(this.tables.state, CURSOR)) as CursorRow | undefined;
    return row?.url === this.url ? row.cursor : undefined;
  }

  /** The change that moves the cursor; `undefined` begins at the beginning. */
  cursorChange(cursor: string | undefined) {
    const value = cursor === undefined ? undefined : { url: this.url, cursor };
    return { table: this.tables.state, id: CURSOR, value };
  }

  /** Moves the cursor alone. */
  moveCursor(cursor: string | undefined): Promise<void> {
    return this.write({ change: () => [this.cursorChange(cursor)] });
  }

  /** Writes rows, as long as the fence is open. */
  write(work: RowWork): Promise<void> {
    return this.storage.writeRows(this.fenced(work));
  }

  /** The work behind the fence. */
  fenced({ reads = [], change }: RowWork): RowWork {
    const { fence } = this;
    return {
      reads: [...fence.reads, ...reads],
      change: (context) => {
        fence.guard(context);
        return change(context);
      },
    };
  }
}
