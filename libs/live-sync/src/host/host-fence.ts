import { type ChatStorage, type RowContext } from '@chat-vault/chat-storage';
import { type Fence, OPEN_FENCE } from '../store/fence.js';

/**
 * What lets only the newest host write. Each transaction of a connection reads `reads` and calls `guard` first: that throws once
 * another host has put its token there, so that nothing of the transaction is written.
 */
export interface HostFence extends Fence {
  /** Greater, as a string, than those of all hosts before. Empty for a connection that shares nothing. */
  readonly token: string;
  /** @throws HostLostError when another host has come since. */
  readonly guard: (context: Pick<RowContext, 'row'>) => void;
}

/** Another tab or the worker is the host now; nothing was written. */
export class HostLostError extends Error {
  override readonly name = 'HostLostError';

  constructor() {
    super('live-sync: another tab or worker holds the connection now');
  }
}

/** Of a connection that no other tab knows of: nobody can take its place, and all that it writes may be written twice. */
export const LONE_FENCE: HostFence = { ...OPEN_FENCE, guard: () => undefined, token: '' };

const TABLE = 'live.state';

/** Puts a new token beside the records, which ends what every host before may write, and gives the fence of it. */
export async function claimHost(options: {
  readonly storage: Pick<ChatStorage, 'writeRows'>;
  readonly name: string;
  readonly id: string;
  /** Whether the lock is still held, asked in the transaction: one that thaws must not claim what it has lost. */
  readonly isHolder: () => boolean;
  /** Called when a transaction met another's token. */
  readonly onLost: () => void;
}): Promise<HostFence> {
  const row = { table: TABLE, id: `host/${options.name}` };
  let token = '';
  await options.storage.writeRows({
    reads: [row],
    change: (context) => {
      if (!options.isHolder()) throw new HostLostError();
      token = nextToken(context.row(row.table, row.id), options.id);
      return [{ ...row, value: { token } }];
    },
  });
  return {
    token,
    reads: [row],
    guard: (context) => {
      if (tokenOf(context.row(row.table, row.id)) === token) return;
      options.onLost();
      throw new HostLostError();
    },
  };
}

const DIGITS = 12;

function nextToken(previous: unknown, id: string): string {
  const generation = Number.parseInt(tokenOf(previous), 10);
  return `${(Number.isNaN(generation) ? 1 : generation + 1).toString().padStart(DIGITS, '0')}-${id}`;
}

function tokenOf(value: unknown): string {
  const { token } = (value ?? {}) as { readonly token?: unknown };
  return typeof token === 'string' ? token : '';
}
