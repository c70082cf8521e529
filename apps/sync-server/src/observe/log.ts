import { createHash } from 'node:crypto';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';

/** Where the server tells what it does. Never message text, tokens, names or the parameters of a statement. */
export type Log = Logger;

/** JSON lines on standard output, or where `destination` says. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: { service: 'chat-sync-server' },
    serializers: { err: withoutContent },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** PostgreSQL repeats values in `detail` and `where`, so of an error only what cannot hold one is kept. */
function withoutContent(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code } = error as { readonly code?: unknown };
  const { type, stack } = stdSerializers.err(error);
  const isOfDatabase = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  return {
    type,
    ...(code === undefined ? {} : { code }),
    message: isOfDatabase ? 'the database refused a statement' : error.message,
    stack: isOfDatabase ? undefined : stack,
  };
}

/** A person in the log: always the same for the same one, and not the name. */
export const personInLog = (userId: string): string =>
  createHash('sha256').update(userId).digest('hex').slice(0, 12);
