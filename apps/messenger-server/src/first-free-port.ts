import { once } from 'node:events';
import { type Server } from 'node:net';

const PORTS_TO_TRY = 50;

/**
 * Lets a server listen on the port that was asked for (0 takes any), or without one on the first that is free.
 * Only this machine may connect: the demo has one password and no encrypted transport.
 * @throws Error that says which ports are taken
 */
export async function listenOnFirstFree<Listening extends Server>(
  server: Listening,
  { from, port }: { readonly from: number; readonly port: number | undefined },
): Promise<Listening> {
  const last = from + PORTS_TO_TRY - 1;
  const [first, to] = port === undefined ? [from, last] : [port, port];
  for (let candidate = first; candidate <= to; candidate += 1) {
    if (await canListen(server, candidate)) return server;
  }
  throw new Error(
    port === undefined
      ? `all ports from ${first} to ${to} are taken; choose another with --port`
      : `port ${port} is taken; choose another, or leave --port out to take the next free one`,
  );
}

async function canListen(server: Server, port: number): Promise<boolean> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
